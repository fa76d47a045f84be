package symptomdetectionprocessor

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weir-telemetry/weir/internal/configtest"
)

func TestConfig(t *testing.T) {
	cfg, err := configtest.Load(t, NewFactory(), configtest.Good, "symptom_detection")
	require.NoError(t, err)
	c, err := cfg.(*Config).catalogue()
	require.NoError(t, err)
	assert.Equal(t, time.Minute, c.ByCode("svc.latency.shift").Detector.For)
	assert.Equal(t, 1.5, c.ByCode("svc.latency.shift").Detector.Start, "what isn't named stays")
	assert.NotNil(t, c.ByCode("shop.cart.full"))
}

func TestBadConfigs(t *testing.T) { configtest.Bad(t, NewFactory()) }
