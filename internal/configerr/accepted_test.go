package configerr

import (
	"strings"
	"testing"

	"go.opentelemetry.io/collector/config/configoptional"
)

type inner struct {
	Key string `mapstructure:"key"`
}

// Shared is embedded below.
type Shared struct {
	Common int `mapstructure:"common"`
}

type outer struct {
	Shared   `mapstructure:",squash"`
	Plain    string
	Skipped  string                         `mapstructure:"-"`
	Rest     map[string]any                 `mapstructure:",remain"`
	Pointer  *inner                         `mapstructure:"pointer"`
	Optional configoptional.Optional[inner] `mapstructure:"optional"`
	Map      map[string]inner               `mapstructure:"map"`
	List     []*inner                       `mapstructure:"list"`
	Any      any                            `mapstructure:"any"`
	Set      map[string]any                 `mapstructure:"set"`
	hidden   int
}

func TestAccepted(t *testing.T) {
	config := &outer{Set: map[string]any{"one": &inner{}}, hidden: 1}
	for path, want := range map[string]string{
		"": "Plain any common list map optional pointer set", "pointer": "key", "optional": "enabled key", "map::x": "key",
		"list::3": "key", "any": "", "any::x": "", "set::one": "key", "set::two": "", "Plain": "", "none::x": "", "hidden": "",
	} {
		var keys []string
		if path != "" {
			keys = strings.Split(path, "::")
		}
		if got := strings.Join(accepted(config, keys), " "); got != want {
			t.Errorf("%q: %q, want %q", path, got, want)
		}
	}
}
