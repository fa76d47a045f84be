package piiredactionprocessor

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/weir-telemetry/weir/internal/datatype"
	"github.com/weir-telemetry/weir/internal/detect"
	"github.com/weir-telemetry/weir/internal/hostdirectory"
	"github.com/weir-telemetry/weir/internal/inspect"
	"github.com/weir-telemetry/weir/internal/redact"
	"github.com/weir-telemetry/weir/internal/walk"
	"github.com/weir-telemetry/weir/processors/piiredactionprocessor/internal/metadata"
)

// processKey keys the pseudonyms of metric series where no key_file is set. It
// is one for the process, so that all pipelines agree.
var processKey = sync.OnceValue(func() []byte {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never errs
	return key
})

type redactor struct {
	cfg    *Config
	engine *detect.Engine
	policy *redact.Policy
	series *redact.Hasher
	known  inspect.Known
	tel    *metadata.TelemetryBuilder
	opts   [datatype.Count][redact.ActionCount]metric.MeasurementOption
	pool   sync.Pool // *rewriter
}

// newProcessor makes all but what needs the key, which is there at start only.
func newProcessor(set processor.Settings, cfg *Config) (*redactor, error) {
	types, err := cfg.types()
	if err != nil {
		return nil, err
	}
	p := &redactor{cfg: cfg}
	p.engine, err = detect.New(detect.Options{Types: types, MinConfidence: uint8(cfg.MinConfidence)}) // #nosec G115 -- validated
	if err != nil {
		return nil, fmt.Errorf("build the detection engine: %w", err)
	}
	if p.tel, err = metadata.NewTelemetryBuilder(set.TelemetrySettings); err != nil {
		return nil, fmt.Errorf("make telemetry: %w", err)
	}
	for _, t := range datatype.All() {
		for a := range redact.ActionCount {
			p.opts[t.ID][a] = metric.WithAttributeSet(attribute.NewSet(
				attribute.String("data_type", t.Name), attribute.String("action", redact.Action(a).String()))) // #nosec G115 -- five actions
		}
	}
	p.pool.New = func() any { return newRewriter(p) }
	return p, nil
}

// start reads the key and finds the directory.
func (p *redactor) start(_ context.Context, host component.Host) error {
	rules, err := p.cfg.rules()
	if err != nil {
		return err
	}
	if rules.Key, err = p.cfg.readKey(); err != nil {
		return err
	}
	if p.policy, err = redact.New(rules); err != nil {
		return err
	}
	key := rules.Key
	if key == nil {
		key = processKey()
	}
	if p.series, err = redact.NewHasher(key); err != nil {
		return err
	}
	known, err := hostdirectory.Find(host, p.cfg.Directory)
	if err != nil {
		return err
	}
	p.known = known
	return nil
}

func (p *redactor) shutdown(context.Context) error {
	p.tel.Shutdown()
	return nil
}

func (p *redactor) logs(ctx context.Context, ld plog.Logs) (plog.Logs, error) {
	p.run(ctx, func(w *walk.Walker) { w.Logs(ld) })
	return ld, nil
}

func (p *redactor) traces(ctx context.Context, td ptrace.Traces) (ptrace.Traces, error) {
	p.run(ctx, func(w *walk.Walker) { w.Traces(td) })
	return td, nil
}

func (p *redactor) metrics(ctx context.Context, md pmetric.Metrics) (pmetric.Metrics, error) {
	p.run(ctx, func(w *walk.Walker) { w.Metrics(md) })
	return md, nil
}

func (p *redactor) run(ctx context.Context, f func(*walk.Walker)) {
	r := p.pool.Get().(*rewriter)
	f(r.walker)
	for t := range r.counts {
		for a, n := range r.counts[t] {
			if n > 0 && p.opts[t][a] != nil {
				p.tel.WeirRedactionFindings.Add(ctx, int64(n), p.opts[t][a]) // #nosec G115 -- a count
			}
		}
	}
	if r.failed > 0 {
		p.tel.WeirRedactionDropped.Add(ctx, r.failed)
	}
	r.reset()
	p.pool.Put(r)
}
