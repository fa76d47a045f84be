package prometheus

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// exporters are the families of the catalogue that a Prometheus has by its
// common exporters. Histograms of the family prometheus are not among them:
// federation takes them apart.
var exporters = map[string]bool{"kube-state-metrics": true, "cAdvisor": true, "node-exporter": true}

// catalogued are the metrics of those families.
func catalogued(t *testing.T) (names []string) {
	text, err := os.ReadFile("../../internal/symptom/catalogue.yaml")
	require.NoError(t, err)
	var catalogue map[string]struct {
		Inputs map[string][]struct{ Metric, From string }
	}
	require.NoError(t, yaml.Unmarshal(text, &catalogue))
	for _, entry := range catalogue {
		for _, feeds := range entry.Inputs {
			for _, feed := range feeds {
				if exporters[feed.From] {
					names = append(names, feed.Metric)
				}
			}
		}
	}
	require.Greater(t, len(names), 10)
	return names
}

// selectors are the expressions of the example for names of series.
func selectors(t *testing.T) (all []*regexp.Regexp) {
	text, err := os.ReadFile("federation.yaml")
	require.NoError(t, err)
	for _, m := range regexp.MustCompile(`(?m)^ +- '\{__name__=~?"(.*)"\}'$`).FindAllStringSubmatch(string(text), -1) {
		all = append(all, regexp.MustCompile("^(?:"+m[1]+")$"))
	}
	require.Len(t, all, strings.Count(string(text), "__name__"))
	return all
}

func TestExampleAsksForWhatTheCatalogueReads(t *testing.T) {
	all := selectors(t)
	for _, name := range catalogued(t) {
		asked := false
		for _, s := range all {
			asked = asked || s.MatchString(name)
		}
		require.True(t, asked, "no match[] of the example takes %s", name)
	}
}
