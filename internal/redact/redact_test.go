package redact

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weir-telemetry/weir/internal/datatype"
	"github.com/weir-telemetry/weir/internal/detect"
)

var key = []byte("0123456789abcdef")

func policy(t testing.TB, a Action) *Policy {
	p, err := New(Rules{Default: a, Key: key})
	require.NoError(t, err)
	return p
}

// find makes a result by hand: every occurrence of value is a finding.
func find(src, value string, id datatype.ID, in detect.Context) *detect.Result {
	r := &detect.Result{}
	for at := 0; ; {
		i := strings.Index(src[at:], value)
		if i < 0 {
			return r
		}
		r.Findings = append(r.Findings, detect.Finding{Start: at + i, End: at + i + len(value), Type: id, Confidence: 90, In: in})
		at += i + len(value)
	}
}

func TestAppendByContext(t *testing.T) {
	for _, tc := range []struct {
		name, src, value string
		id               datatype.ID
		in               detect.Context
		mask, replace    string
		remove           string
	}{
		{"text", "to a@b.example now", "a@b.example", datatype.Email, detect.InText, "to **** now", "to [EMAIL] now", "to  now"},
		{"json string", `{"m":"a@b.example"}`, "a@b.example", datatype.Email, detect.InJSONString, `{"m":"****"}`, `{"m":"[EMAIL]"}`, `{"m":""}`},
		{"json number", `{"m":4111111111111111}`, "4111111111111111", datatype.PaymentCard, detect.InJSONScalar, `{"m":0}`, `{"m":0}`, `{"m":0}`},
		{"form", "m=a%40b.example&x=1", "a%40b.example", datatype.Email, detect.InForm, "m=****&x=1", "m=%5BEMAIL%5D&x=1", "m=&x=1"},
		{"two names", `{"a@b.example":1,"x":{"a@b.example":2}}`, "a@b.example", datatype.Email, detect.InJSONKey,
			`{"****":1,"x":{"****_2":2}}`, `{"[EMAIL]":1,"x":{"[EMAIL]_2":2}}`, `{"":1,"x":{"_2":2}}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for a, want := range map[Action]string{Mask: tc.mask, Replace: tc.replace, Remove: tc.remove, Keep: tc.src} {
				var c Counts
				r := find(tc.src, tc.value, tc.id, tc.in)
				got, _ := policy(t, a).AppendCount(nil, []byte(tc.src), r, &c)
				require.Equal(t, want, string(got), a.String())
				require.EqualValues(t, len(r.Findings), c[tc.id][a])
			}
			got := policy(t, Hash).Append(nil, []byte(tc.src), find(tc.src, tc.value, tc.id, tc.in))
			require.NotContains(t, string(got), tc.value)
			if strings.HasPrefix(tc.src, "{") {
				require.True(t, json.Valid(got), string(got))
			}
			if tc.in == detect.InForm {
				_, err := url.ParseQuery(string(got))
				require.NoError(t, err)
			}
		})
	}
}

func TestOneValueHasOnePseudonym(t *testing.T) {
	p := policy(t, Hash)
	text := p.Append(nil, []byte("a@b.example"), find("a@b.example", "a@b.example", datatype.Email, detect.InText))
	form := p.Append(nil, []byte("a%40b.example"), find("a%40b.example", "a%40b.example", datatype.Email, detect.InForm))
	esc := p.Append(nil, []byte(`a\u0040b.example`), find(`a\u0040b.example`, `a\u0040b.example`, datatype.Email, detect.InJSONString))
	plain, err := url.QueryUnescape(string(form))
	require.NoError(t, err)
	require.Equal(t, string(text), plain)
	require.Equal(t, string(text), string(esc))
	require.Regexp(t, `^\[EMAIL:[0-9a-f]{16}\]$`, string(text))

	other, err := New(Rules{Default: Hash, Key: []byte("another key, 22 bytes.")})
	require.NoError(t, err)
	require.NotEqual(t, text, other.Append(nil, []byte("a@b.example"), find("a@b.example", "a@b.example", datatype.Email, detect.InText)))
}

func TestHashNeedsAKey(t *testing.T) {
	for _, r := range []Rules{
		{Default: Hash},
		{Default: Hash, Key: []byte("short")},
		{Types: map[datatype.ID]Action{datatype.Email: Hash}},
		{Categories: map[datatype.Category]Action{datatype.Contact: Hash}},
	} {
		_, err := New(r)
		require.ErrorContains(t, err, "key_file")
	}
}

func TestTypeWinsOverCategory(t *testing.T) {
	p, err := New(Rules{Default: Mask, Categories: map[datatype.Category]Action{datatype.Contact: Replace}, Types: map[datatype.ID]Action{datatype.Email: Keep}})
	require.NoError(t, err)
	require.Equal(t, Keep, p.Action(datatype.Email))
	require.Equal(t, Replace, p.Action(datatype.Phone))
	require.Equal(t, Mask, p.Action(datatype.IBAN))
}

// A scanner that finds our own replacements again, whole or in part, as any
// type, must not make them change.
func TestReplacementsStay(t *testing.T) {
	for _, in := range []detect.Context{detect.InText, detect.InJSONString, detect.InJSONKey, detect.InForm, detect.InJSONScalar} {
		for _, a := range []Action{Mask, Replace, Hash} {
			p := policy(t, a)
			once := p.Append(nil, []byte("123456789"), find("123456789", "123456789", datatype.Password, in))
			for start := range once {
				r := &detect.Result{Findings: []detect.Finding{{Start: start, End: len(once), Type: datatype.Password, In: in}}}
				if start > 0 && (in == detect.InJSONScalar || a == Mask) {
					break // a scalar and a mask are found whole
				}
				var c Counts
				twice, lossy := p.AppendCount(nil, once, r, &c)
				require.Equal(t, string(once), string(twice), "%v %v %d", in, a, start)
				require.False(t, lossy)
				require.Zero(t, c)
			}
		}
	}
}

func TestAppendSurvivesAnyOffsets(t *testing.T) {
	src := []byte("abcdef")
	r := &detect.Result{Findings: []detect.Finding{{Start: -3, End: 2, Type: 250}, {Start: 1, End: 4, Type: datatype.Email}, {Start: 5, End: 99, Type: datatype.Email}, {Start: 77, End: 99}}}
	require.Equal(t, "****[EMAIL]e[EMAIL]", string(mixed(t).Append(nil, src, r)))
}

func mixed(t *testing.T) *Policy {
	p, err := New(Rules{Types: map[datatype.ID]Action{datatype.Email: Replace}})
	require.NoError(t, err)
	return p
}

func TestAppendAllocatesNothing(t *testing.T) {
	if underRace {
		t.Skip("allocations can't be counted under the race detector")
	}
	src := []byte(`{"m":"a@b.example","n":"a@b.example"}`)
	r := find(string(src), "a@b.example", datatype.Email, detect.InJSONString)
	dst := make([]byte, 0, 256)
	for _, a := range []Action{Mask, Replace, Remove, Hash, Keep} {
		p := policy(t, a)
		require.LessOrEqual(t, testing.AllocsPerRun(200, func() { dst = p.Append(dst[:0], src, r) }), 0.1, a.String())
	}
	require.False(t, bytes.Contains(dst, []byte("*")))
}

// A finding that begins in a replacement and goes on past it loses what is not
// ours, and nothing else.
func TestWhatFollowsAReplacementIsRedacted(t *testing.T) {
	p := policy(t, Replace)
	for src, want := range map[string]string{
		`[PASSWORD:0123456789abcdef]/[EMAIL]`:            `[PASSWORD:0123456789abcdef]/[EMAIL]`,
		`[PASSWORD:0123456789abcdef]\"}\n`:               `[PASSWORD:0123456789abcdef]\"}\n`,
		`%5BJWT%3A0123456789abcdef%5D%2F%5BEMAIL%5D`:     `%5BJWT%3A0123456789abcdef%5D%2F%5BEMAIL%5D`,
		`[PASSWORD:0123456789abcdef]hunter2`:             `[PASSWORD:0123456789abcdef][PASSWORD]`,
		`[PASSWORD:0123456789abcdef]/[EMAIL]x[PASSWORD]`: `[PASSWORD:0123456789abcdef][PASSWORD]`,
		`[PASSWORD:0123456789abcde]hunter2`:              `[PASSWORD:[PASSWORD]`,
		`[PASSWORD:0123456789abcdef]%41`:                 `[PASSWORD:0123456789abcdef][PASSWORD]`,
		`[PASSWORD:0123456789abcdef]` + "\u00e9\u00e8":   `[PASSWORD:0123456789abcdef][PASSWORD]`,
	} {
		start := strings.IndexAny(src, "0")
		r := &detect.Result{Findings: []detect.Finding{{Start: start, End: len(src), Type: datatype.Password}}}
		require.Equal(t, want, string(p.Append(nil, []byte(src), r)), src)
	}
}
