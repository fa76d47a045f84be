package consoleextension

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weir-telemetry/weir/extensions/consoleextension/internal/sampleapi"
)

// TestInBrowser uses the pages as people do, in a real Chromium.
func TestInBrowser(t *testing.T) {
	s := newSite(t)
	browser := newBrowser(t)
	for name, test := range map[string]func(*testing.T, context.Context, *site){
		"pages":         testPages,
		"password":      testPassword,
		"token":         testToken,
		"keyboard":      testKeyboard,
		"names as text": testNamesAsText,
		"stale":         testStale,
		"hidden":        testHiddenPageIsSilent,
		"theme":         testTheme,
		"map":           testMap,
		"egress":        testEgress,
		"nothing yet":   testNothingYet,
		"settings":      testSettings,
	} {
		t.Run(name, func(t *testing.T) { test(t, browser, s) })
	}
}

var allPages = []string{"now", "map", "map/?view=all", "entity", "sensitive", "egress", "coverage", "settings"}

// Every page, light, dark and narrow: no complaint of the browser, which a
// violation of the Content-Security-Policy would be, and no sideways scrolling.
func testPages(t *testing.T, browser context.Context, s *site) {
	for _, look := range []struct {
		name, scheme string
		width        int64
	}{{"light", "light", 1280}, {"dark", "dark", 1280}, {"tablet", "light", 820}, {"narrow", "light", 360}, {"narrow-dark", "dark", 360}} {
		t.Run(look.name, func(t *testing.T) {
			p := newTab(t, browser, s)
			p.run(chromedp.EmulateViewport(look.width, 900), colours(look.scheme))
			p.signIn()
			for _, page := range allPages {
				name := strings.NewReplacer("/?", "-", "=", "-").Replace(page)
				if page == "entity" {
					p.open("now")
					page = strings.TrimPrefix(p.eval(`document.querySelector('.card a.entity').hash`).(string), "#/")
				}
				p.open(page)
				assert.Equal(t, true, p.eval(`document.documentElement.scrollWidth <= innerWidth`), "%s scrolls sideways: %v", page,
					p.eval(`[...document.querySelectorAll('main *')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.matrix,.graph')).slice(0, 5).map((e) => e.outerHTML.slice(0, 120)).join('\n')`))
				dark := p.eval(`getComputedStyle(document.body).backgroundColor`) == "rgb(14, 20, 23)"
				assert.Equal(t, look.scheme == "dark", dark, page)
				p.shot(name + "-" + look.name)
			}
			p.open("sensitive")
			p.run(chromedp.Click(chromedp.Search(`//button[text()='Matrix']`)))
			p.until(`document.querySelectorAll('.matrix td.cell').length > 10`)
			assert.Equal(t, true, p.eval(`document.documentElement.scrollWidth <= innerWidth`), "the matrix scrolls the page")
			p.shot("matrix-" + look.name)
			p.calm()
		})
	}
}

func testPassword(t *testing.T, browser context.Context, s *site) {
	p := newTab(t, browser, s)
	p.run(chromedp.Navigate(s.url))
	p.says("h1", "Weir")
	p.until(`document.activeElement.name === 'user'`)
	p.shot("login-light")
	p.run(chromedp.SendKeys(chromedp.CSS(`[name=user]`), sampleapi.User), chromedp.SendKeys(chromedp.CSS(`[name=password]`), "wrong"+kb.Enter))
	p.says(".error", "Name or password is wrong.")
	p.eval(`document.querySelector('[name=password]').value = ''`)
	p.run(chromedp.SendKeys(chromedp.CSS(`[name=password]`), sampleapi.Password+kb.Enter))
	p.says("main h1", "need a look")
	assert.Equal(t, "", p.eval(`document.cookie`), "the page's scripts can read the session")
	p.run(chromedp.Click(chromedp.CSS(`button[title='Sign out']`)))
	p.until(`document.activeElement.name === 'user'`)
	p.calm(unauthenticated)
}

func testToken(t *testing.T, browser context.Context, s *site) {
	p := newTab(t, browser, s)
	p.run(chromedp.Navigate(s.url + "/#token=" + sampleapi.Token))
	p.says("main h1", "need a look")
	assert.NotContains(t, p.eval(`location.href`), "token")
	p.calm()

	again := newTab(t, browser, s)
	again.run(chromedp.Navigate(s.url + "/#token=" + sampleapi.Token))
	again.says(".error", "has been used")
	assert.NotContains(t, again.eval(`location.href`), "token")
	again.calm(unauthenticated)
}

func testKeyboard(t *testing.T, browser context.Context, s *site) {
	p := newTab(t, browser, s)
	p.signIn()
	p.open("coverage")
	p.run(chromedp.KeyEvent(kb.Tab))
	assert.Equal(t, "Skip to the page", p.eval(`document.activeElement.textContent`))
	assert.NotEqual(t, "none", p.eval(`getComputedStyle(document.activeElement).outlineStyle`), "the focus can't be seen")
	p.run(chromedp.KeyEvent(kb.Enter))
	assert.Equal(t, "main", p.eval(`document.activeElement.id`))
	assert.Equal(t, "Coverage", p.eval(`document.querySelector('h1').textContent`), "the skip link left the page")

	// Rows of a table.
	p.run(chromedp.Focus(chromedp.CSS(`tr[data-row]`)), chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowDown))
	index := `[...document.querySelectorAll('tr[data-row]')].indexOf(document.activeElement)`
	assert.EqualValues(t, 2, p.eval(index))
	p.run(chromedp.KeyEvent(kb.End))
	assert.EqualValues(t, 11, p.eval(index))

	// The search, to the page of what was found.
	p.run(chromedp.KeyEvent("/"))
	assert.Equal(t, "combobox", p.eval(`document.activeElement.role`))
	p.run(chromedp.KeyEvent("api.str"))
	p.until(`document.querySelectorAll('#found [role=option]').length === 1`)
	p.run(chromedp.KeyEvent(kb.Enter))
	p.says("main h1", "api.stripe.com")
	p.calm()
}

func testNamesAsText(t *testing.T, browser context.Context, s *site) {
	p := newTab(t, browser, s)
	p.signIn()
	for _, page := range []string{"now", "map/?view=all", "sensitive", "egress"} {
		p.open(page)
		assert.EqualValues(t, 0, p.eval(`document.querySelectorAll('main img, main script').length`), page)
	}
	p.open("now")
	p.eval(fmt.Sprintf(`[...document.querySelectorAll('.card a')].find((a) => a.querySelector('.name').textContent === %q).click()`, sampleapi.Hostile))
	p.until(fmt.Sprintf(`document.querySelector('main h1')?.textContent === %q`, sampleapi.Hostile))
	p.run(chromedp.Click(chromedp.Search(`//main//a[contains(., 'On the map')]`)))
	p.says("main h1", "Around <img")
	assert.NotContains(t, p.eval(`document.title`), "owned")
	p.calm()
}

func testStale(t *testing.T, browser context.Context, s *site) {
	p := newTab(t, browser, s)
	p.signIn()
	p.open("now")
	assert.Nil(t, p.eval(`document.querySelector('.banner')`))
	s.api.Delay.Store(int64(5 * time.Minute))
	defer s.api.Delay.Store(0)
	p.says(".banner", "No report has come for 5 min")
	p.shot("stale")
	s.api.Delay.Store(0)
	p.until(`!document.querySelector('.banner')`)
	s.api.Down.Store(true)
	defer s.api.Down.Store(false)
	p.says(".banner", "The backend does not answer.")
	assert.Contains(t, p.eval(`document.querySelector('main h1').textContent`), "need a look", "the last figures are gone")
	p.shot("down")
	s.api.Down.Store(false)
	p.until(`!document.querySelector('.banner')`)
	p.calm("ERR_EMPTY_RESPONSE", "ERR_CONNECTION", "ERR_INCOMPLETE")
}

func testHiddenPageIsSilent(t *testing.T, browser context.Context, s *site) {
	p := newTab(t, browser, s)
	p.signIn()
	p.open("coverage")
	hide := `Object.defineProperty(document, 'hidden', {configurable: true, get: () => %t}); document.dispatchEvent(new Event('visibilitychange'))`
	p.eval(fmt.Sprintf(hide, true))
	time.Sleep(time.Second) // what was under way ends
	before := s.api.Requests.Load()
	time.Sleep(6 * time.Second) // longer than between two polls
	assert.Equal(t, before, s.api.Requests.Load(), "a hidden page asks")
	p.eval(fmt.Sprintf(hide, false))
	require.Eventually(t, func() bool { return s.api.Requests.Load() > before }, patience, 20*time.Millisecond, "a page that is seen again does not ask")
}

func testTheme(t *testing.T, browser context.Context, s *site) {
	p := newTab(t, browser, s)
	p.run(colours("light"))
	p.signIn()
	p.open("now")
	background := `getComputedStyle(document.body).backgroundColor`
	light := p.eval(background)
	p.run(chromedp.Click(chromedp.CSS(`button[title='Dark colours']`)))
	p.until(background + ` === 'rgb(14, 20, 23)'`)
	p.run(chromedp.Reload())
	p.until(background + ` === 'rgb(14, 20, 23)'`)
	p.until(`document.querySelector('main h1')`)
	p.run(chromedp.Click(chromedp.CSS(`button[title='Light colours']`)))
	p.until(fmt.Sprintf(`%s === %q`, background, light))
	p.calm()
}

func testMap(t *testing.T, browser context.Context, s *site) {
	p := newTab(t, browser, s)
	p.signIn()
	p.open("map")
	p.says("main h1", "Around") // a large map begins around one service
	p.until(`document.querySelectorAll('.labels text').length > 2`)
	name := p.eval(`document.querySelector('main h1').textContent`)
	p.run(chromedp.Focus(chromedp.CSS(`.box.focus`)), chromedp.KeyEvent(kb.ArrowRight))
	assert.NotEqual(t, true, p.eval(`document.activeElement.classList.contains('focus')`), "the arrow key went nowhere")
	p.run(chromedp.KeyEvent(kb.Enter))
	p.until(fmt.Sprintf(`document.querySelector('main h1').textContent !== %q`, name))

	p.run(chromedp.Click(chromedp.Search(`//button[text()='Everything']`)))
	p.says("main h1", "Map")
	folded := p.eval(`document.querySelectorAll('.box.namespace').length`).(float64)
	assert.EqualValues(t, 12, folded)
	p.run(chromedp.Click(chromedp.CSS(`.box.namespace`)))
	p.until(fmt.Sprintf(`document.querySelectorAll('.box.namespace').length === %v && document.querySelectorAll('.box.entity').length > 10`, folded-1))
	p.eval(`document.querySelector('.box.entity').dispatchEvent(new MouseEvent('click', {bubbles: true}))`)
	p.says("main .panel h2", "Connections of")
	p.shot("map-unfolded")
	p.calm()
}

func testEgress(t *testing.T, browser context.Context, s *site) {
	p := newTab(t, browser, s)
	p.signIn()
	p.open("egress")
	p.run(chromedp.Click(chromedp.Search(`//button[text()='Verify the record']`)))
	p.says(".verdict.good", "130 messages checked")
	p.run(chromedp.Click(chromedp.Search(`//button[text()='Read']`)))
	p.says(".reading", "Report 400 of agent")
	p.shot("egress-open")
	p.run(chromedp.Click(chromedp.Search(`//button[text()='Older messages']`)))
	p.says(".tablebox button.more", "Show 30 more")
	p.calm()
}

// Without a report no page says that all is well, and none breaks.
func testNothingYet(t *testing.T, browser context.Context, _ *site) {
	s := newSite(t)
	s.api.Set(&sampleapi.Data{})
	p := newTab(t, browser, s)
	p.signIn()
	for page, words := range map[string]string{
		"now": "Nobody has reported yet", "map": "No connections seen yet", "sensitive": "None seen so far",
		"egress": "Nothing has left yet", "coverage": "No agent has reported yet",
	} {
		p.open(page)
		p.says("main .empty", words)
	}
	p.open("now")
	p.shot("nothing-yet")
	p.run(chromedp.Navigate(s.url + "/#/entity/0000000000000001"))
	p.says("main .empty", "There is no such entity")
	p.run(chromedp.Navigate(s.url + "/#/nowhere"))
	p.says("main .empty", "There is no such page")
	p.calm("status of 404")
}

func testSettings(t *testing.T, browser context.Context, s *site) {
	p := newTab(t, browser, s)
	p.signIn()
	p.open("settings")
	p.run(chromedp.SendKeys(chromedp.CSS(`[name=description]`), "mediator in Lyon"+kb.Enter))
	p.until(`document.querySelector('dialog input')?.value === 'wk_9qmrTheTextThatIsShownOnce'`)
	p.shot("key")
	p.run(chromedp.Click(chromedp.Search(`//dialog//button[text()='I have it']`)))
	p.until(`!document.querySelector('dialog')`)
	p.until(`document.body.textContent.includes('mediator in Lyon')`)
	assert.NotContains(t, p.eval(`document.body.innerHTML`), "wk_9qmrThe")
	p.run(chromedp.Click(chromedp.Search(`//button[text()='Revoke']`)))
	p.says("dialog h2", "Revoke this key?")
	p.run(chromedp.KeyEvent(kb.Escape))
	p.until(`!document.querySelector('dialog')`)
	p.run(chromedp.Click(chromedp.Search(`//button[text()='Revoke']`)), chromedp.Click(chromedp.Search(`//dialog//button[text()='Revoke key']`)))
	p.until(`document.body.textContent.includes('revoked just now')`)
	p.calm()
}

// colours makes the system prefer a scheme.
func colours(scheme string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		return err
	})
}
