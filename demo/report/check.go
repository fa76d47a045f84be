package report

import "fmt"

// Expectation is what a run must have shown.
type Expectation struct {
	Exchanges int      // that took place
	Tolerance int      // that may be missing while nothing was dropped
	Edges     []Edge   // that must be there
	Types     []string // data types that must have been seen and redacted
	Symptoms  []string // codes that must have opened and closed
}

// Check returns what is not as it must be, in words; nothing when all is well.
func (s Summary) Check(want Expectation) []string {
	problems := []string{}
	tell := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	if s.RawValuesFound > 0 {
		tell("%d raw values were found in what was kept", s.RawValuesFound)
	}
	if s.Exchanges == 0 {
		tell("no exchange was kept")
	}
	dropped := 0
	for _, n := range s.Drops {
		dropped += n
	}
	if missing := want.Exchanges - s.Exchanges; missing > want.Tolerance && dropped == 0 {
		tell("%d of %d exchanges are missing and nothing was counted as dropped", missing, want.Exchanges)
	} else if missing > want.Tolerance+want.Exchanges/10 {
		tell("%d of %d exchanges are missing", missing, want.Exchanges)
	}
	if extra := s.Exchanges - want.Exchanges; extra > want.Tolerance {
		tell("%d exchanges were kept that never took place", extra)
	}
	for _, e := range want.Edges {
		if _, ok := s.DataTypes[e.String()]; !ok {
			tell("the edge %s was not seen", e)
		}
	}
	seen := map[string]bool{}
	for _, types := range s.DataTypes {
		for _, t := range types {
			seen[t] = true
		}
	}
	for _, t := range want.Types {
		if !seen[t] {
			tell("the data type %s was not classified on any edge", t)
		}
		if s.Redactions[t] == 0 {
			tell("no value of the data type %s was redacted", t)
		}
	}
	if s.FactsSent == 0 || s.BytesSent == 0 {
		tell("no facts went over the uplink")
	}
	if !s.LedgerVerified {
		tell("the ledger was not verified")
	}
	for _, code := range want.Symptoms {
		if s.SymptomsOpened[code] == 0 || s.SymptomsClosed[code] == 0 {
			tell("the symptom %s opened %d times and closed %d times", code, s.SymptomsOpened[code], s.SymptomsClosed[code])
		}
	}
	return problems
}
