package factsconnector

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weir-telemetry/weir/internal/configtest"
)

func TestConfig(t *testing.T) {
	cfg, err := configtest.Load(t, NewFactory(), configtest.Good, "facts")
	require.NoError(t, err)
	assert.Equal(t, &Config{
		Window: 30 * time.Second, SnapshotInterval: 2 * time.Hour, Agent: "node-7", SaltFile: "testdata/salt",
		MaxEdges: 100, MaxFlows: 200, MaxEntities: 300, MaxSymptoms: 400, MaxSeries: 500,
	}, cfg)
}

func TestBadConfigs(t *testing.T) { configtest.Bad(t, NewFactory()) }

func TestTheSaltIsReadAtStart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "salt")
	cfg := defaults()
	cfg.SaltFile = file
	_, err := cfg.readSalt()
	require.ErrorContains(t, err, "salt_file: ")
	require.NoError(t, os.WriteFile(file, []byte("  too short secret\n"), 0o600)) // 16 bytes
	salt, err := cfg.readSalt()
	require.NoError(t, err)
	assert.Equal(t, "too short secret", string(salt))
	require.NoError(t, os.WriteFile(file, []byte("short secret    \n"), 0o600))
	_, err = cfg.readSalt()
	require.EqualError(t, err, "salt_file: the salt has 12 bytes, at least 16 are needed")
}

func TestTheAgentIsNamedByTheNode(t *testing.T) {
	cfg := defaults()
	t.Setenv("NODE_NAME", "n1")
	name, err := cfg.name()
	require.NoError(t, err)
	assert.Equal(t, "n1", name)

	t.Setenv("NODE_NAME", "")
	host, err := os.Hostname()
	require.NoError(t, err)
	name, err = cfg.name()
	require.NoError(t, err)
	assert.Equal(t, host, name)

	cfg.Agent = "mine"
	name, err = cfg.name()
	require.NoError(t, err)
	assert.Equal(t, "mine", name)
}
