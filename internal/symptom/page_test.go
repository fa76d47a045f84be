package symptom

import (
	"flag"
	"fmt"
	"os"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write docs/symptoms.md anew")

const pagePath = "../../docs/symptoms.md"

// TestPageIsUpToDate keeps docs/symptoms.md what the catalogue and the
// scenarios say. `go generate ./internal/symptom` writes it.
func TestPageIsUpToDate(t *testing.T) {
	delays := map[string]time.Duration{}
	for _, f := range loadScenarios(t) {
		delays[f.Code] = medianDelay(t, f)
	}
	page := writePage(Default(), delays)
	if *update {
		require.NoError(t, os.WriteFile(pagePath, []byte(page), 0o600))
		return
	}
	have, err := os.ReadFile(pagePath)
	require.NoError(t, err)
	require.Equal(t, string(have), page, "docs/symptoms.md is old: run go generate ./internal/symptom")
}

func writePage(c *Catalogue, delays map[string]time.Duration) string {
	var b strings.Builder
	var all []time.Duration
	for _, d := range delays {
		all = append(all, d)
	}
	sort.Slice(all, func(i, j int) bool { return all[i] < all[j] })
	fmt.Fprintf(&b, `<!-- Made from internal/symptom/catalogue.yaml and its scenarios by go generate ./internal/symptom. -->
# Symptoms

What [symptom_detection](../processors/symptomdetectionprocessor/README.md) looks for in metrics, version %d of the catalogue. A configuration changes and adds entries by the same words; every number below is a default.

*Delay* is the median time from the beginning of a condition to the start event, in the true case of each entry's scenario (internal/symptom/testdata/scenarios, points every 15 or 30 s, %d runs); over all entries it is %s.

| # | code | of | severity | starts when | for | ends when | for | delay |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
`, Version, scenarioSeeds, all[len(all)/2])
	for _, e := range c.Entries() {
		start, end := conditions(e)
		fmt.Fprintf(&b, "| S%02d | `%s` | %s | %s | %s | %s | %s | %s | %s |\n", e.Number, e.Code, e.Entity, e.Severity,
			start, length(e.Detector.For), end, length(e.Detector.ClearFor), delays[e.Code])
	}
	b.WriteString(rulesText)
	for _, e := range c.Entries() {
		pageEntry(&b, e)
	}
	return b.String()
}

const rulesText = `
## Rules for all
- No verdict when less than half of a window was seen, or fewer events than the minimum: the state is *unknown*, not *fine*. Nothing that must hold holds through a gap.
- An end is seen, never inferred: a symptom of which nothing is heard *expires* after three report intervals (or three of its own intervals, if that is longer).
- One start for an entity and code in the refractory time (10 m); at most 20 open symptoms of a workload.
- Of several families of sources that feed one input (kubeletstats and cAdvisor, say) the first that reports is used, so that nothing counts twice. After five minutes of silence the next one takes over.
- Baselines are learned before they judge (30 m), forget by a half-life, and take in abnormal windows with a tenth of the weight: a new level becomes the rule in the end.

## What feeds them
`

func pageEntry(b *strings.Builder, e *Entry) {
	fmt.Fprintf(b, "\n### S%02d %s: %s\n\n| input | metric | where | from |\n| --- | --- | --- | --- |\n", e.Number, e.Code, e.Title)
	for _, role := range roles {
		for _, f := range e.Inputs[role] {
			var where []string
			for k, v := range f.Where {
				if v == "" {
					where = append(where, "no "+k)
				} else {
					where = append(where, k+"="+strings.ReplaceAll(v, "|", "\\|"))
				}
			}
			sort.Strings(where)
			fmt.Fprintf(b, "| %s | `%s` | %s | %s |\n", role, f.Metric, strings.Join(where, ", "), f.From)
		}
	}
}

func length(d time.Duration) string {
	if d == 0 {
		return "-"
	}
	s := d.String()
	for _, zero := range []string{"h0m0s", "m0s"} {
		if cut, ok := strings.CutSuffix(s, zero); ok {
			return cut + zero[:1]
		}
	}
	return s
}

// conditions says in words when an entry starts and ends.
func conditions(e *Entry) (start, end string) {
	d := &e.Detector
	r := compile(e, nil, time.Minute)
	amount := func(v float64) string {
		switch e.Unit {
		case "ratio":
			return fmt.Sprintf("%g %%", v*100)
		case "By":
			return fmt.Sprintf("%g MiB", v/(1<<20))
		}
		return fmt.Sprintf("%g", v)
	}
	least := ""
	if d.MinPart > 0 {
		least += fmt.Sprintf(", at least %g", d.MinPart)
	}
	if d.MinSamples > 0 {
		least += fmt.Sprintf(", of at least %g", d.MinSamples)
	}
	over := ""
	if d.Window > 0 {
		over = " in " + length(d.Window)
	}
	switch d.Kind {
	case "threshold":
		if d.Below {
			return "under " + amount(d.Start) + over + least, "at least " + amount(r.clear)
		}
		return "over " + amount(d.Start) + over + least, "at most " + amount(r.clear)
	case "forecast":
		return fmt.Sprintf("under %s and gone within %s, or under %s", amount(d.Start), length(d.Horizon), amount(d.Hard)), "at least " + amount(r.clear)
	case "burn_rate":
		return fmt.Sprintf("budget of %.4g %% burns over %g times as fast in %s and %s%s", 100*(1-d.Objective), d.Start, length(d.Window), length(d.ShortWindow), least),
			fmt.Sprintf("under %g in %s", r.clear, length(d.ShortWindow))
	case "latency":
		return fmt.Sprintf("p%g of %s over %g times the learned one, by more than %g ms and 20 %%, rank test p < %g%s", d.Quantile*100, length(d.Window), d.Start, d.Floor*1000, d.PValue, least),
			fmt.Sprintf("under %g times", r.clear)
	case "ratio_shift":
		return fmt.Sprintf("share of %s above the learned one by %g points, beta-binomial p < %g%s", length(d.Window), d.Floor*100, d.PValue, least), fmt.Sprintf("p > %g", d.ClearPValue)
	case "traffic":
		if d.Below {
			return fmt.Sprintf("under %s of the median of this hour and of late, which is at least %g/s", percent(d.Start), d.Floor), "at least " + percent(r.clear)
		}
		return fmt.Sprintf("over %g times the p95 of this hour and of late", d.Start), fmt.Sprintf("at most %g times", r.clear)
	case "rate":
		if d.Of > 0 {
			return fmt.Sprintf("rises in %d of %d points", d.Hits, d.Of), "no rise"
		}
		return fmt.Sprintf("rises by %g or more%s", d.Start, over), "no rise"
	case "leak":
		return fmt.Sprintf("grows all through %s and by %s of the limit (%s without one) in half of it", length(d.Window), percent(d.Start), amount(d.Floor)), "grows no more"
	}
	return "it is so", "it isn't"
}

func percent(v float64) string { return fmt.Sprintf("%g %%", v*100) }
