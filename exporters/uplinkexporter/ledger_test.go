package uplinkexporter

import (
	"errors"
	"io/fs"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weir-telemetry/weir/internal/ledger"
)

// verifyLedger returns how many envelopes a ledger holds that is as it should be.
func verifyLedger(t *testing.T, dir string) int {
	t.Helper()
	v, err := ledger.Verify(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return 0
	}
	require.NoError(t, err)
	require.True(t, v.OK(), v.Problem)
	return int(v.Envelopes) // #nosec G115 -- few
}
