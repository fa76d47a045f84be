package house

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// kinds maps the folder of a kind to its suffix and the file of its component.
var kinds = map[string]string{
	"receivers": "receiver", "processors": "processor", "connectors": "connector",
	"exporters": "exporter", "extensions": "extension",
}

func TestEveryComponentFolderHoldsTheSameFiles(t *testing.T) {
	for kind, suffix := range kinds {
		dirs, err := filepath.Glob("../../" + kind + "/*")
		require.NoError(t, err)
		for _, dir := range dirs {
			require.True(t, strings.HasSuffix(dir, suffix), "%s: a %s's folder ends in %q", dir, suffix, suffix)
			for _, file := range []string{"metadata.yaml", "doc.go", "config.go", "factory.go", suffix + ".go", "README.md", "testdata/config.yaml"} {
				_, err := os.Stat(filepath.Join(dir, file))
				require.NoError(t, err)
			}
		}
	}
}

func TestEveryBadConfigNamesItsError(t *testing.T) {
	files, err := filepath.Glob("../../*/*/testdata/bad_*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		text, err := os.ReadFile(file) // #nosec G304 -- a file of this repository
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(string(text), "# error: "), "%s: its first line must be `# error: <what the error says>`", file)
	}
}
