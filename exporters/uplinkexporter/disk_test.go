package uplinkexporter

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/consumer/consumererror"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
)

// A full disk stops sending, says so in the status, and costs no facts.
func TestFullDisk(t *testing.T) {
	b := &backend{}
	endpoint, _ := listen(t, b, nop(), nil)
	h := &host{}
	var dir string
	e := sends(t, endpoint, h, func(cfg *Config) { dir = cfg.Ledger.Directory }).(*uplinkExporter)
	require.NoError(t, e.ConsumeLogs(t.Context(), facts(report(1))))
	write := e.book.append
	full := true
	e.book.append = func(env *uplinkv1.Envelope) error {
		if full {
			return syscall.ENOSPC
		}
		return write(env)
	}
	for range 3 {
		err := e.ConsumeLogs(t.Context(), facts(report(2)))
		require.ErrorIs(t, err, syscall.ENOSPC)
		assert.False(t, consumererror.IsPermanent(err))
	}
	assert.Equal(t, 1, b.count(), "nothing leaves that is not in the ledger")
	assert.Equal(t, []componentstatus.Status{componentstatus.StatusRecoverableError}, h.statuses())
	full = false
	require.NoError(t, e.ConsumeLogs(t.Context(), facts(report(2))))
	require.NoError(t, e.ConsumeLogs(t.Context(), facts(report(3))))
	assert.Equal(t, 3, b.count())
	assert.Equal(t, []componentstatus.Status{componentstatus.StatusRecoverableError, componentstatus.StatusOK}, h.statuses())
	require.NoError(t, e.Shutdown(t.Context()))
	assert.Equal(t, 3, verifyLedger(t, dir))
}

// The start does not fail over a ledger that can't be opened: the other
// pipelines shall run.
func TestLedgerThatCanNotBeOpened(t *testing.T) {
	b := &backend{}
	endpoint, _ := listen(t, b, nop(), nil)
	h := &host{}
	obstacle := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(obstacle, nil, 0o600))
	e := sends(t, endpoint, h, func(cfg *Config) { cfg.Ledger.Directory = filepath.Join(obstacle, "ledger") })
	err := e.ConsumeLogs(t.Context(), facts(report(1)))
	require.ErrorIs(t, err, syscall.ENOTDIR)
	assert.False(t, consumererror.IsPermanent(err))
	assert.Equal(t, []componentstatus.Status{componentstatus.StatusRecoverableError}, h.statuses())
	require.NoError(t, os.Remove(obstacle))
	require.NoError(t, e.ConsumeLogs(t.Context(), facts(report(1))))
	assert.Equal(t, 1, b.count())
	assert.Equal(t, []componentstatus.Status{componentstatus.StatusRecoverableError, componentstatus.StatusOK}, h.statuses())
}

// The ledger does not grow while there is nobody to send to.
func TestLedgerWhileTheReceiverIsAway(t *testing.T) {
	var dir string
	e := sends(t, freeAddress(t), nop(), func(cfg *Config) { dir = cfg.Ledger.Directory })
	for range 20 {
		require.Error(t, e.ConsumeLogs(t.Context(), facts(report(1))))
	}
	require.NoError(t, e.Shutdown(t.Context()))
	assert.Zero(t, verifyLedger(t, dir))
}
