package consoleextension

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp"
)

// watch notes when the map with its figures was first painted, counted from
// the navigation.
const watch = `new MutationObserver((_, o) => {
	if (!document.querySelector('.labels text')) return;
	o.disconnect();
	requestAnimationFrame(() => { const c = new MessageChannel(); c.port1.onmessage = () => window.mapPainted = performance.now(); c.port2.postMessage(0); });
}).observe(document, {childList: true, subtree: true})`

// click clicks what a function finds and answers the milliseconds until what
// it changed was painted.
const click = `(async (find) => {
	const e = find(), start = performance.now();
	e.dispatchEvent(new MouseEvent('click', {bubbles: true}));
	await new Promise((done) => requestAnimationFrame(() => { const c = new MessageChannel(); c.port1.onmessage = done; c.port2.postMessage(0); }));
	return performance.now() - start;
})`

// BenchmarkMap measures a map of 300 services and 1,500 edges in Chromium:
// from the navigation to the first meaningful paint (the map with its figures),
// and from a click to the paint of what it changed. "cpu" is the work of the
// page's main thread, which other work on the machine does not lengthen.
func BenchmarkMap(b *testing.B) {
	s := newSite(b)
	p := newTab(b, newBrowser(b), s)
	p.signIn()
	p.run(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, performance.Enable, performance.EnableParams{TimeDomain: performance.EnableTimeDomainThreadTicks})
		return err
	}))
	p.run(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: watch})
		return err
	}))
	sums := map[string]float64{}
	for b.Loop() {
		p.run(chromedp.Navigate("about:blank"), chromedp.Navigate(s.url+"/#/map"))
		p.until(`window.mapPainted`)
		sums["first-map-ms"] += p.eval(`window.mapPainted`).(float64)
		for _, step := range []struct{ name, find, done string }{
			{"neighbour", `document.querySelector('.box.entity:not(.focus)')`, `true`},
			{"everything", `[...document.querySelectorAll('button')].find((b) => b.textContent === 'Everything')`, `document.querySelector('.box.namespace')`},
			{"unfold", `document.querySelector('.box.namespace')`, `document.querySelector('.box.entity:not(.external)')`},
			{"select", `document.querySelector('.box.entity')`, `document.querySelector('.box.lit')`},
			{"sort", `document.querySelector('th button')`, `document.querySelector('th[aria-sort]')`},
		} {
			before := p.busy()
			sums[step.name+"-ms"] += p.eval(click + `(() => ` + step.find + `)`).(float64)
			sums[step.name+"-cpu-ms"] += p.busy() - before
			p.until(step.done)
		}
	}
	for unit, sum := range sums {
		b.ReportMetric(sum/float64(b.N), unit)
	}
	p.calm()
}

// busy is how long the main thread has worked, in milliseconds.
func (p *tab) busy() float64 {
	p.Helper()
	var ms float64
	p.run(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		r, err := cdp.Call(ctx, t, performance.GetMetrics, cdp.Empty{})
		if err != nil {
			return err
		}
		for _, m := range r.Metrics {
			if m.Name == "TaskDuration" {
				ms = m.Value * 1000
			}
		}
		return nil
	}))
	return ms
}
