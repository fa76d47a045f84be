package run

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const smaps = `00400000-01a3f000 r-xp 00000000 fe:00 123 /usr/bin/weir-agent
Size:              22780 kB
Rss:               12000 kB
Anonymous:             0 kB
VmFlags: rd ex mr mw me
01a3f000-03f00000 r--p 0163f000 fe:00 123 /usr/bin/weir-agent
Anonymous:             4 kB
03f00000-04000000 r--p 0163f000 fe:00 123 /usr/bin/weir-agent
Anonymous:             0 kB
04000000-04100000 rw-p 02000000 fe:00 123 /usr/bin/weir-agent
Anonymous:             0 kB
c000000000-c000400000 rw-p 00000000 00:00 0
Anonymous:             0 kB
7f0000000000-7f0000001000 r--p 00000000 fe:00 9 /usr/bin/weir-agent (deleted)
Anonymous:             0 kB
7ffd00000000-7ffd00021000 r-xp 00000000 00:00 0 [vdso]
Anonymous:             0 kB
`

func TestCleanMappings(t *testing.T) {
	assert.Equal(t, []mapping{{0x400000, 0x1a3f000}, {0x3f00000, 0x4000000}}, cleanMappings(strings.NewReader(smaps), "/usr/bin/weir-agent"))
	assert.Empty(t, cleanMappings(strings.NewReader("nonsense\n00-zz r-xp 0 0 0 /x\n"), "/x"))
}

// This process has such ranges itself.
func TestCleanMappingsOfThisProcess(t *testing.T) {
	exe, err := os.Executable()
	require.NoError(t, err)
	f, err := os.Open("/proc/self/smaps")
	require.NoError(t, err)
	defer f.Close()
	assert.NotEmpty(t, cleanMappings(f, exe))
}

// Letting go changes nothing but the memory: the process goes on.
func TestSettle(t *testing.T) {
	settle()
	assert.Equal(t, []mapping{{0x400000, 0x1a3f000}, {0x3f00000, 0x4000000}}, cleanMappings(strings.NewReader(smaps), "/usr/bin/weir-agent"))
}
