package piiredactionprocessor

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weir-telemetry/weir/internal/configtest"
)

func TestConfig(t *testing.T) {
	_, err := configtest.Load(t, NewFactory(), configtest.Good, "pii_redaction")
	require.NoError(t, err)
}

func TestBadConfigs(t *testing.T) { configtest.Bad(t, NewFactory()) }
