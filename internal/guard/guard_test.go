package guard

import (
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

func parse(t testing.TB, text string) map[string]any {
	t.Helper()
	var m map[string]any
	if err := yaml.Unmarshal([]byte(text), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

const parts = `
receivers: {pcap: , ebpf/b: , tcp: {allow_unredacted_export: true}, pcap/2: {allow_unredacted_export: true}, ebpf: , kubernetes: , otlp: , uplink: }
processors: {remotetap: , pii_redaction: , pii_redaction/keep: {default_action: keep}, pii_redaction/part: {types: [EMAIL]}, pii_redaction/some: {actions: {EMAIL: keep}}, pii_redaction/hash: {default_action: hash, actions: {EMAIL: remove}}, plugin: , batch: , transform: }
connectors: {other: , forward: , forward/2: , spanmetrics: , count: , facts: }
exporters: {debug: , debug/c: , otlp: , kafka: , uplink: }
`

func TestCheck(t *testing.T) {
	for _, tc := range []struct{ name, service, want, note string }{
		{"raw log", `pipelines: {logs/raw: {receivers: [pcap], exporters: [debug]}}`, "receivers::pcap → pipelines::logs/raw → exporters::debug: unredacted", ""},
		{"redacted", `pipelines: {logs: {receivers: [pcap], processors: [pii_redaction], exporters: [debug]}}`, "", ""},
		{"redacted by other actions", `pipelines: {logs: {receivers: [ebpf], processors: [pii_redaction/hash], exporters: [debug]}}`, "", ""},
		{"metrics", `pipelines: {metrics: {receivers: [pcap, ebpf, kubernetes], exporters: [debug]}}`, "", ""},
		{"traces", `pipelines: {traces: {receivers: [ebpf], exporters: [otlp]}}`, "receivers::ebpf → pipelines::traces → exporters::otlp", ""},
		{"snapshots", `pipelines: {logs: {receivers: [kubernetes], exporters: [kafka]}}`, "receivers::kubernetes", ""},
		{"kept", `pipelines: {logs: {receivers: [pcap], processors: [pii_redaction/keep], exporters: [debug]}}`, "processors::pii_redaction/keep doesn't count", ""},
		{"some types", `pipelines: {logs: {receivers: [pcap], processors: [pii_redaction/part], exporters: [debug]}}`, "exporters::debug", ""},
		{"a kept type", `pipelines: {logs: {receivers: [pcap], processors: [pii_redaction/some], exporters: [debug]}}`, "exporters::debug", ""},
		{"not defined", `pipelines: {logs: {receivers: [pcap], processors: [pii_redaction/none], exporters: [debug]}}`, "exporters::debug", ""},
		{"plugin first", `pipelines: {logs: {receivers: [pcap], processors: [plugin, pii_redaction], exporters: [debug]}}`, "→ processors::plugin: unredacted payload reaches a plugin", ""},
		{"plugin after", `pipelines: {logs: {receivers: [pcap], processors: [pii_redaction, plugin], exporters: [debug]}}`, "", ""},
		{"connector", `pipelines: {logs: {receivers: [pcap], exporters: [forward]}, logs/2: {receivers: [forward], exporters: [debug]}}`, "receivers::pcap → pipelines::logs → connectors::forward → pipelines::logs/2 → exporters::debug", ""},
		{"connector after", `pipelines: {logs: {receivers: [pcap], processors: [pii_redaction], exporters: [forward]}, logs/2: {receivers: [forward], exporters: [debug]}}`, "", ""},
		{"redacted behind connector", `pipelines: {logs: {receivers: [pcap], exporters: [forward]}, logs/2: {receivers: [forward], processors: [pii_redaction], exporters: [debug]}}`, "", ""},
		{"span metrics", `pipelines: {traces: {receivers: [pcap], exporters: [spanmetrics]}, metrics: {receivers: [spanmetrics], exporters: [debug]}}`, "connectors::spanmetrics → pipelines::metrics", ""},
		{"count keeps the resource", `pipelines: {logs: {receivers: [pcap], exporters: [count]}, metrics: {receivers: [count], exporters: [debug]}}`, "connectors::count → pipelines::metrics → exporters::debug", ""},
		{"unknown connector", `pipelines: {logs: {receivers: [pcap], exporters: [other]}, metrics: {receivers: [other], exporters: [debug]}}`, "connectors::other", ""},
		{"two connectors", `pipelines: {logs: {receivers: [pcap], exporters: [forward]}, logs/2: {receivers: [forward], exporters: [forward/2]}, logs/3: {receivers: [forward/2], exporters: [debug]}}`, "connectors::forward → pipelines::logs/2 → connectors::forward/2 → pipelines::logs/3 → exporters::debug", ""},
		{"one way round the redaction", `pipelines: {logs: {receivers: [pcap], processors: [pii_redaction], exporters: [debug]}, logs/2: {receivers: [pcap], exporters: [otlp]}}`, "receivers::pcap → pipelines::logs/2 → exporters::otlp", ""},
		{"one leg of a fork", `pipelines: {logs: {receivers: [pcap], exporters: [forward]}, logs/2: {receivers: [forward], processors: [pii_redaction], exporters: [debug]}, logs/3: {receivers: [forward], exporters: [debug]}}`, "pipelines::logs/3 → exporters::debug", ""},
		{"a redacted pipeline that is fed raw too", `pipelines: {logs: {receivers: [pcap], processors: [pii_redaction], exporters: [forward]}, logs/2: {receivers: [forward, ebpf], exporters: [debug]}}`, "receivers::ebpf → pipelines::logs/2", ""},
		{"two redactions, one real", `pipelines: {logs: {receivers: [pcap], processors: [pii_redaction/keep, pii_redaction], exporters: [debug]}}`, "", ""},
		{"tap first", `pipelines: {logs: {receivers: [pcap], processors: [remotetap, pii_redaction], exporters: [debug]}}`, "→ processors::remotetap: unredacted payload reaches a tap", ""},
		{"names", `pipelines: {logs/a: {receivers: [ebpf/b], exporters: [debug/c]}}`, "receivers::ebpf/b → pipelines::logs/a → exporters::debug/c", ""},
		{"spaces in ids", `pipelines: {"logs / a": {receivers: ["pcap "], exporters: [debug]}}`, "receivers::pcap → pipelines::logs/a → exporters::debug", ""},
		{"a string for a list", `pipelines: {logs: {receivers: "otlp,pcap", exporters: debug}}`, "receivers::pcap → pipelines::logs → exporters::debug", ""},
		{"not theirs to accept", `pipelines: {logs: {receivers: [tcp], exporters: [debug]}}`, "", ""},
		{"cycle", `pipelines: {logs: {receivers: [pcap, forward/2], exporters: [forward]}, logs/2: {receivers: [forward], exporters: [forward/2, debug]}}`, "exporters::debug", ""},
		{"accepted", `pipelines: {logs: {receivers: [pcap/2], exporters: [debug]}}`, "", "allow_unredacted_export"},
		{"upstream", `pipelines: {logs: {receivers: [otlp], exporters: [debug]}}`, "", ""},
		{"facts", `pipelines: {logs: {receivers: [pcap], exporters: [facts]}, logs/f: {receivers: [facts, uplink, kubernetes], exporters: [uplink]}}`, "", ""},
		{"forged", `pipelines: {logs: {receivers: [otlp], exporters: [uplink]}}`, "receivers::otlp → pipelines::logs → exporters::uplink: facts could be forged", ""},
		{"forged through connector", `pipelines: {logs: {receivers: [otlp], exporters: [forward]}, logs/f: {receivers: [forward], exporters: [uplink]}}`, "receivers::otlp → pipelines::logs → connectors::forward", ""},
		{"transformed facts", `pipelines: {logs: {receivers: [facts], processors: [transform], exporters: [uplink]}}`, "processors::transform", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			v, n := Check(parse(t, parts+"service: {"+tc.service+"}"))
			if tc.want == "" && len(v) > 0 {
				t.Fatalf("refused: %v", v)
			}
			if tc.want != "" && (len(v) != 1 || !strings.Contains(v[0].Error(), tc.want)) {
				t.Fatalf("got %v, want one with %q", v, tc.want)
			}
			if tc.note == "" && len(n) > 0 || tc.note != "" && (len(n) != 1 || !strings.Contains(n[0].By, tc.note)) {
				t.Fatalf("notes %v, want %q", n, tc.note)
			}
		})
	}
}

func TestExtension(t *testing.T) {
	const base = `
receivers: {otlp: , pcap: }
exporters: {debug: }
extensions: {payload_guard: {receivers: [otlp], allow: [logs/ok]}}
service: {extensions: [payload_guard], pipelines: {logs/ok: {receivers: [otlp], exporters: [debug]}, logs/bad: {receivers: [otlp], exporters: [debug]}}}`
	v, n := Check(parse(t, base))
	if len(v) != 1 || !strings.Contains(v[0].Path, "logs/bad") || len(n) != 1 {
		t.Fatal(v, n)
	}
	if v, _ = Check(parse(t, strings.Replace(base, "extensions: [payload_guard], ", "", 1))); len(v) != 0 {
		t.Fatal("an extension that isn't enabled counts", v)
	}
	// allow is for the receivers that the extension adds, not for ours.
	if v, _ = Check(parse(t, strings.Replace(base, "logs/ok: {receivers: [otlp]", "logs/ok: {receivers: [pcap]", 1))); len(v) != 2 {
		t.Fatal(v)
	}
}

// An upstream receiver can't accept for itself, by whatever key it has.
func TestOnlyOursAccept(t *testing.T) {
	v, n := Check(parse(t, `
receivers: {otlp: {allow_unredacted_export: true}}
exporters: {debug: , file: }
extensions: {payload_guard: {receivers: [otlp]}}
service: {extensions: [payload_guard], pipelines: {logs: {receivers: [otlp], exporters: [debug, file]}}}`))
	if len(v) != 2 || len(n) != 0 || !strings.Contains(v[0].Remedy, "extensions::payload_guard::allow") {
		t.Fatal(v, n)
	}
}

func TestExtensionByTypeAndID(t *testing.T) {
	for list, want := range map[string]int{
		"[otlp]": 2, "[otlp/b]": 1, "otlp": 2, "[ot_lp]": 2, "[kafka]": 0, "[otlp, otlp/b]": 2,
		"[otlp/none]": 1, // not defined
	} {
		v, _ := Check(parse(t, `
receivers: {otlp: , otlp/b: }
exporters: {debug: }
extensions: {payload_guard/x: {receivers: `+list+`}}
service: {extensions: [payload_guard/x], pipelines: {traces: {receivers: [otlp, otlp/b], exporters: [debug]}, metrics: {receivers: [otlp], exporters: [debug]}}}`))
		if len(v) != want {
			t.Errorf("%s: %v", list, v)
		}
	}
	v, _ := Check(parse(t, `{extensions: {payload_guard: {receivers: [otlp], allow: [logs/gone]}}, service: {extensions: [payload_guard]}}`))
	if len(v) != 1 || v[0].Path != "extensions::payload_guard::allow" || !strings.Contains(v[0].Rule, "logs/gone") {
		t.Error(v)
	}
}

func TestWeakness(t *testing.T) {
	for text, want := range map[string]string{
		"":                                    "",
		"{}":                                  "",
		"{types: []}":                         "",
		"{types: , actions: }":                "",
		"{default_action: MASK}":              "",
		"{default_action: ''}":                "",
		"{default_action: keep}":              "default_action",
		"{default_action: other}":             "default_action",
		"{default_action: 1}":                 "default_action",
		"{actions: {}}":                       "",
		"{actions: {EMAIL: remove}}":          "",
		"{actions: {EMAIL: Keep}}":            "actions::EMAIL",
		"{actions: {personal: keep}}":         "actions::personal",
		"{actions: {EMAIL: }}":                "actions::EMAIL",
		"{actions: keep}":                     "actions",
		"{types: [EMAIL]}":                    "types",
		"{types: EMAIL}":                      "types",
		"{min_confidence: 0}":                 "",
		"{min_confidence: 30}":                "",
		"{min_confidence: 50}":                "",
		"{min_confidence: 51}":                "min_confidence",
		"{min_confidence: 50.5}":              "min_confidence",
		"{min_confidence: '99'}":              "min_confidence",
		"keep":                                "isn't a map",
		"[]":                                  "isn't a map",
		"{key_file: k, default_action: hash}": "",
	} {
		v, _ := Check(parse(t, `
receivers: {pcap: }
processors: {pii_redaction/x: `+text+`}
exporters: {debug: }
service: {pipelines: {logs: {receivers: [pcap], processors: [pii_redaction/x], exporters: [debug]}}}`))
		if want == "" {
			if len(v) != 0 {
				t.Errorf("%s: %v", text, v)
			}
		} else if len(v) != 1 || !strings.Contains(v[0].Remedy, "processors::pii_redaction/x doesn't count: ") || !strings.Contains(v[0].Remedy, want) {
			t.Errorf("%s: %v, want %q", text, v, want)
		}
	}
}

// The whole message, as users meet it.
func TestMessage(t *testing.T) {
	v, _ := Check(parse(t, parts+"service: {pipelines: {logs/raw: {receivers: [pcap], exporters: [debug]}}}"))
	const want = "receivers::pcap → pipelines::logs/raw → exporters::debug: unredacted payload reaches an exporter; " +
		"add pii_redaction before it in service::pipelines::logs/raw::processors, " +
		"or accept it knowingly: set receivers::pcap::allow_unredacted_export: true"
	if len(v) != 1 || v[0].Error() != want {
		t.Fatal(v)
	}
}

// Every exporter is named, and the order is stable.
func TestSeveral(t *testing.T) {
	conf := parse(t, parts+"service: {pipelines: {logs: {receivers: [pcap, ebpf], exporters: [otlp, debug]}, traces: {receivers: [pcap], exporters: [debug]}}}")
	first, _ := Check(conf)
	if len(first) != 5 {
		t.Fatal(first)
	}
	for range 20 {
		if again, _ := Check(conf); !slices.Equal(first, again) {
			t.Fatal(again)
		}
	}
}

func TestDebugPorts(t *testing.T) {
	for ep, ok := range map[string]bool{"localhost:1": true, "127.0.0.1:1": true, "'[::1]:1'": true, "0.0.0.0:1": false, "':1'": false, "10.0.0.1:1": false, "x": false, "": false,
		"localhost:1777": true, "LOCALHOST:1": true, "localhost.example.org:1": false, "'[::]:1'": false, "'[::ffff:127.0.0.1]:1'": true, "127.9.9.9:1": true} {
		for _, typ := range []string{"pprof", "zpages/2"} {
			v, _ := Check(parse(t, "{extensions: {"+typ+": {endpoint: "+ep+"}}, service: {extensions: ["+typ+"]}}"))
			if (len(v) == 0) != ok {
				t.Errorf("%s on %s: %v", typ, ep, v)
			}
		}
	}
	for text, want := range map[string]int{
		"pprof: ":                           0, // its default is localhost:1777
		"zpages: {expvar: {enabled: true}}": 0, // its default is localhost:55679
		"zpages: {endpoint: ':1', expvar: {enabled: true}}": 1,
		"zpages: {endpoint: /run/z.sock, transport: unix}":  0,
	} {
		typ, _, _ := strings.Cut(text, ":")
		v, _ := Check(parse(t, "{extensions: {"+text+"}, service: {extensions: ["+typ+"]}}"))
		if len(v) != want {
			t.Errorf("%s: %v", text, v)
		}
	}
}

func FuzzCheck(f *testing.F) {
	f.Add(parts + "service: {pipelines: {logs: {receivers: [pcap], exporters: [debug]}}}")
	f.Add("service: {pipelines: {logs: [1], ? x : {receivers: {a: b}}}}")
	f.Fuzz(func(t *testing.T, text string) {
		var m map[string]any
		if yaml.Unmarshal([]byte(text), &m) == nil {
			Check(m)
		}
	})
}
