package consoleextension

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/weir-telemetry/weir/extensions/consoleextension/internal/sampleapi"
)

// patience is how long a page may take to show what is waited for. It is long
// for machines under load; what is quick is measured by the benchmark.
const patience = 30 * time.Second

// site is the console with an API of generated data behind it.
type site struct {
	url string
	api *sampleapi.API
}

// newSite skips the test where the pages were not built, and fails it in CI.
func newSite(t testing.TB) *site {
	t.Helper()
	files, err := embedded()
	require.NoError(t, err)
	if !files.built {
		missing(t, "the pages are not in this test: run scripts/console first (make test does)")
	}
	api := sampleapi.New(sampleapi.Generate(300, 1500, time.Now()))
	mux := http.NewServeMux()
	mux.Handle("/api/", api)
	mux.Handle("/", &handler{files: files, answered: func(*http.Request, int) {}})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return &site{server.URL, api}
}

func missing(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// newBrowser starts Chromium; the context ends it.
func newBrowser(t testing.TB) context.Context {
	t.Helper()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		missing(t, "no Chromium on this machine: apt-get install chromium")
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.DisableGPU,
		chromedp.Flag("no-sandbox", os.Geteuid() == 0), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	alloc, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // waits for the process
		cancel()
		stop()
	})
	require.NoError(t, chromedp.Do(ctx))
	return ctx
}

// tab is a window of its own, without cookies of others. It collects what the
// console of the browser complains of.
type tab struct {
	testing.TB
	*site
	ctx context.Context

	mu       sync.Mutex
	problems []string
}

func newTab(t testing.TB, browser context.Context, s *site) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	p := &tab{TB: t, site: s, ctx: ctx}
	// The tab lives as long as the context that first used it.
	require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900)))
	messages := chromedp.Console(ctx)
	var done sync.WaitGroup
	done.Go(func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			if m.Type != chromedp.ConsoleLog && m.Type != chromedp.ConsoleDebug && m.Type != chromedp.ConsoleInfo {
				p.mu.Lock()
				p.problems = append(p.problems, m.String()+" "+m.URL)
				p.mu.Unlock()
			}
		}
	})
	t.Cleanup(func() {
		cancel()
		done.Wait()
	})
	return p
}

// calm fails the test if the browser complained, but for answers that a test
// provokes: each allowed text may stand in any number of complaints.
func (p *tab) calm(allowed ...string) {
	p.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, problem := range p.problems {
		if !slices.ContainsFunc(allowed, func(a string) bool { return strings.Contains(problem, a) }) {
			p.Errorf("the browser complains: %s", problem)
		}
	}
}

// Before the login, the page asks who it is and is refused: browsers log that.
const unauthenticated = "status of 401"

func (p *tab) run(steps ...chromedp.Action[chromedp.Void]) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.fail(err)
	}
}

// fail ends the test with what the page shows.
func (p *tab) fail(err error) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	body, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + ' ' + document.body.innerText.slice(0, 600)`))
	p.calm()
	p.Fatalf("%v; the page: %s", err, body)
}

// eval returns the value of an expression.
func (p *tab) eval(js string) any {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	out, err := chromedp.Run(ctx, chromedp.Evaluate[any](js, chromedp.EvalAwaitPromise))
	if err != nil {
		p.fail(fmt.Errorf("%s: %w", js, err))
	}
	return out
}

// until waits for an expression to be true.
func (p *tab) until(js string) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	_, err := chromedp.Run(ctx, chromedp.Poll[any](js, chromedp.WithPollingInterval(30*time.Millisecond), chromedp.WithPollingTimeout(patience)))
	if err != nil {
		p.fail(fmt.Errorf("%s: %w", js, err))
	}
}

// says waits until an element's text holds words.
func (p *tab) says(selector, words string) {
	p.Helper()
	p.until(fmt.Sprintf(`(document.querySelector(%q)?.textContent ?? '').replaceAll('\u00a0', ' ').includes(%q)`, selector, words))
}

// signIn comes by a session that exists, as after a login of before.
func (p *tab) signIn() {
	p.Helper()
	p.run(chromedp.Navigate(p.url + "/licences.txt"))
	p.eval(fmt.Sprintf(`fetch('/api/v1/session', {method: 'POST', body: JSON.stringify({user: %q, password: %q})}).then((r) => r.status)`,
		sampleapi.User, sampleapi.Password))
}

// open shows a page and waits for its heading.
func (p *tab) open(page string) {
	p.Helper()
	p.run(chromedp.Navigate(p.url + "/#/" + page))
	p.until(`document.querySelector('main h1') && !document.querySelector('[aria-busy]')`)
}

// shot keeps a picture of the whole page if WEIR_SHOTS names a folder.
func (p *tab) shot(name string) {
	p.Helper()
	dir := os.Getenv("WEIR_SHOTS")
	if dir == "" {
		return
	}
	time.Sleep(300 * time.Millisecond) // colours change softly
	png, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(100))
	require.NoError(p, err)
	require.NoError(p, os.MkdirAll(dir, 0o755))
	require.NoError(p, os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600))
}
