package lastgoodprovider

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.opentelemetry.io/collector/confmap"
	"go.uber.org/goleak"

	"github.com/weir-telemetry/weir/internal/configstate"
)

// buildDir holds what the tests of the process build, once.
var buildDir string

func TestMain(m *testing.M) {
	var err error
	if buildDir, err = os.MkdirTemp("", "lastgood-test-"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(buildDir)
		os.Exit(code)
	}))
}

func newTest() *provider {
	p := NewFactory().Create(confmap.ProviderSettings{}).(*provider)
	p.validate = func(_ context.Context, candidates texts) error {
		for _, text := range candidates {
			if bytes.Contains(text, []byte("broken")) {
				return errors.New("exit status 1")
			}
		}
		return nil
	}
	return p
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, p *provider, file string, w confmap.WatcherFunc) (string, *confmap.Retrieved) {
	t.Helper()
	r, err := p.Retrieve(context.Background(), "file:"+file, w)
	if err != nil {
		t.Fatal(err)
	}
	c, err := r.AsConf()
	if err != nil {
		t.Fatal(err)
	}
	s, _ := c.Get("a").(string)
	return s, r
}

func TestKeepsLastGood(t *testing.T) {
	f := filepath.Join(t.TempDir(), "c.yaml")
	p := newTest()
	configstate.Hold(f)
	defer configstate.Release(f)
	if _, err := p.Retrieve(context.Background(), "file:"+f, nil); err == nil {
		t.Fatal("a missing file must fail at first")
	}
	for _, s := range []struct{ text, want, code string }{
		{"a: one", "one", configstate.Current},
		{"a: broken", "one", configstate.Invalid},
		{"a: two", "two", configstate.Current},
	} {
		write(t, f, s.text)
		if got, _ := get(t, p, f, nil); got != s.want || configstate.Snapshot()[f].Code != s.code {
			t.Fatal(s, got, configstate.Snapshot())
		}
	}
	_ = os.Remove(f)
	if got, _ := get(t, p, f, nil); got != "two" || configstate.Snapshot()[f].Code != configstate.Unreadable {
		t.Fatal(got)
	}
}

// A mounted config map: c.yaml → ..data/c.yaml, ..data → a directory, swapped.
func TestSymlinkSwap(t *testing.T) {
	d := t.TempDir()
	for _, v := range []string{"v1", "v2"} {
		_ = os.Mkdir(filepath.Join(d, v), 0o700)
		write(t, filepath.Join(d, v, "c.yaml"), "a: "+v)
	}
	f := filepath.Join(d, "c.yaml")
	_ = os.Symlink("v1", filepath.Join(d, "..data"))
	_ = os.Symlink(filepath.Join("..data", "c.yaml"), f)
	p := newTest()
	changed := make(chan struct{}, 1)
	got, r := get(t, p, f, func(*confmap.ChangeEvent) { changed <- struct{}{} })
	if got != "v1" {
		t.Fatal(got)
	}
	_ = os.Symlink("v2", filepath.Join(d, "..tmp"))
	if err := os.Rename(filepath.Join(d, "..tmp"), filepath.Join(d, "..data")); err != nil {
		t.Fatal(err)
	}
	select {
	case <-changed:
	case <-time.After(30 * time.Second):
		t.Fatal("the swap was not seen")
	}
	_ = r.Close(context.Background())
	if got, _ = get(t, p, f, nil); got != "v2" {
		t.Fatal(got)
	}
	_ = p.Shutdown(context.Background())
}

// Texts change between passes, never within one.
func TestOnePassOneSet(t *testing.T) {
	d := t.TempDir()
	a, b := filepath.Join(d, "a.yaml"), filepath.Join(d, "b.yaml")
	write(t, a, "a: one")
	write(t, b, "a: one")
	p := newTest()
	nop := func(*confmap.ChangeEvent) {}
	_, ra := get(t, p, a, nop)
	_, rb := get(t, p, b, nop)
	closeAll := func(rs ...*confmap.Retrieved) {
		for _, r := range rs {
			_ = r.Close(context.Background())
		}
	}
	closeAll(ra, rb)

	got, ra := get(t, p, a, nop)
	if got != "one" {
		t.Fatal(got)
	}
	write(t, a, "a: two")
	write(t, b, "a: two")
	p.refresh(context.Background()) // as a watch does
	got, rb = get(t, p, b, nop)
	if got != "one" {
		t.Fatal("a text of another set", got)
	}
	closeAll(ra, rb)
	gotA, ra := get(t, p, a, nop)
	gotB, rb := get(t, p, b, nop)
	if gotA != "two" || gotB != "two" {
		t.Fatal(gotA, gotB)
	}
	closeAll(ra, rb)

	// One broken file holds back the other.
	write(t, a, "a: three")
	write(t, b, "a: broken")
	if got, ra = get(t, p, a, nop); got != "two" {
		t.Fatal(got)
	}
	closeAll(ra)
	_ = p.Shutdown(context.Background())
}

func TestPlaces(t *testing.T) {
	const out = `/etc/weir/c.yaml:12:3: exporters::debug::verbosity: unknown metrics level "jane.roe@example.org"
c.yaml:13: 'password' expected a map, got "hunter2"; a::b fe80::1 other.yaml:7 xc.yaml:1`
	got := places([]byte(out), texts{"/etc/weir/c.yaml": nil})
	want := []string{"/etc/weir/c.yaml:12", "exporters::debug::verbosity", "c.yaml:13"}
	if !slices.Equal(got, want) {
		t.Fatal(got)
	}
	var h head
	big := bytes.Repeat([]byte("x"), 2*maxOutput)
	if n, err := h.Write(big); n != len(big) || err != nil || len(h.text) != maxOutput {
		t.Fatal(n, err, len(h.text))
	}
	if n, _ := h.Write(big); n != len(big) || len(h.text) != maxOutput {
		t.Fatal(n, len(h.text))
	}
}
