// Package lastgoodprovider serves configuration files (scheme "file", in place
// of the upstream file provider) and keeps the last good texts when new ones are
// broken. The first text of a file is served as it is, so that a start with a
// broken file fails as usual. Later texts are served only after the process's
// own executable has validated them with the same arguments: all files of the
// configuration together, so that what is served always fits together.
//
// Limits: one broken file holds back changes of the others, and a valid text
// whose start fails still ends the process.
package lastgoodprovider

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"go.opentelemetry.io/collector/confmap"
	"go.uber.org/zap"

	"github.com/weir-telemetry/weir/internal/configstate"
)

const scheme = "file"

// NewFactory returns the factory that a builder manifest refers to.
func NewFactory() confmap.ProviderFactory {
	return confmap.NewProviderFactory(func(set confmap.ProviderSettings) confmap.Provider {
		if set.Logger == nil {
			set.Logger = zap.NewNop()
		}
		return &provider{
			logger: set.Logger, validate: validateSelf,
			good: texts{}, used: map[string]bool{}, refreshing: make(chan struct{}, 1),
		}
	})
}

// texts are contents by file.
type texts map[string][]byte

type provider struct {
	logger     *zap.Logger
	validate   func(ctx context.Context, candidates texts) error
	refreshing chan struct{} // held by the one refresh at a time
	watches    sync.WaitGroup

	mu   sync.Mutex
	good texts           // valid together, and what is served in this pass
	next texts           // valid together, for the next pass; nil when good is
	bad  texts           // what was last refused
	told bool            // that there is a next
	used map[string]bool // files retrieved in this pass
	open int             // results of this pass that aren't closed
}

// Retrieve reads the file of a URI "file:path" and watches it until the result
// is closed. A nil watcher means no watch.
func (p *provider) Retrieve(ctx context.Context, uri string, watcher confmap.WatcherFunc) (*confmap.Retrieved, error) {
	if !strings.HasPrefix(uri, scheme+":") {
		return nil, fmt.Errorf("%q uri is not supported by the %q provider", uri, scheme)
	}
	file := filepath.Clean(uri[len(scheme)+1:])
	p.beginPass(ctx)
	text, err := p.text(file)
	if err != nil {
		return nil, fmt.Errorf("unable to read the file %s: %w", file, err)
	}
	var opts []confmap.RetrievedOption
	if watcher != nil && !validating() {
		opts = append(opts, confmap.WithRetrievedClose(p.hold(file, watcher)))
	}
	return confmap.NewRetrievedFromYAML(text, opts...)
}

func (*provider) Scheme() string { return scheme }

// Shutdown waits for the watches, which the resolver has closed before.
func (p *provider) Shutdown(context.Context) error {
	p.watches.Wait()
	return nil
}

// beginPass takes new texts over when nothing of an earlier resolution is open.
// While one goes on, texts stay as they are: they fit together.
func (p *provider) beginPass(ctx context.Context) {
	p.mu.Lock()
	begins := p.open == 0
	if begins {
		for file := range p.good {
			if !p.used[file] { // the configuration doesn't refer to it any more
				delete(p.good, file)
			}
		}
		clear(p.used)
		p.bad = nil // who asks for a reload gets a fresh answer
	}
	p.mu.Unlock()
	if !begins {
		return
	}
	p.refresh(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	for file := range p.good {
		if text, ok := p.next[file]; ok {
			p.good[file] = text
		}
	}
	p.next, p.told = nil, false
}

// text returns what to serve: the last good text, or the file when it is new.
func (p *provider) text(file string) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.used[file] = true
	if text, known := p.good[file]; known {
		return text, nil
	}
	text, err := read(file)
	if err == nil {
		p.good[file] = text
		configstate.Set(file, configstate.Current)
	}
	return text, err
}

// hold watches a file until the result is called.
func (p *provider) hold(file string, watcher confmap.WatcherFunc) confmap.CloseFunc {
	configstate.Hold(file)
	p.mu.Lock()
	p.open++
	p.mu.Unlock()
	unwatch := p.watch(file, watcher)
	return func(ctx context.Context) error {
		err := unwatch(ctx)
		p.mu.Lock()
		p.open--
		p.mu.Unlock()
		configstate.Release(file)
		return err
	}
}

func read(file string) ([]byte, error) {
	if c := candidateOf(file); c != "" {
		file = c
	}
	return os.ReadFile(file)
}
