package dataclassificationprocessor

import (
	"context"
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
	"github.com/weir-telemetry/weir/processors/dataclassificationprocessor/internal/metadata"
)

type classifier struct {
	cfg    *Config
	engine *detect.Engine
	known  inspect.Known
	tel    *metadata.TelemetryBuilder
	opts   [datatype.Count]metric.MeasurementOption
	pool   sync.Pool // *annotator
}

func newProcessor(set processor.Settings, cfg *Config) (*classifier, error) {
	types, err := cfg.types()
	if err != nil {
		return nil, err
	}
	p := &classifier{cfg: cfg}
	p.engine, err = detect.New(detect.Options{Types: types, MinConfidence: uint8(cfg.MinConfidence)}) // #nosec G115 -- validated
	if err != nil {
		return nil, fmt.Errorf("build the detection engine: %w", err)
	}
	if p.tel, err = metadata.NewTelemetryBuilder(set.TelemetrySettings); err != nil {
		return nil, err
	}
	for _, t := range datatype.All() {
		p.opts[t.ID] = metric.WithAttributeSet(attribute.NewSet(attribute.String("data_type", t.Name)))
	}
	p.pool.New = func() any { return newAnnotator(p) }
	return p, nil
}

func (p *classifier) start(_ context.Context, host component.Host) error {
	known, err := hostdirectory.Find(host, p.cfg.Directory)
	if err != nil {
		return err
	}
	p.known = known
	return nil
}

func (p *classifier) shutdown(context.Context) error {
	p.tel.Shutdown()
	return nil
}

func (p *classifier) logs(ctx context.Context, ld plog.Logs) (plog.Logs, error) {
	a := p.get()
	a.walker.Logs(ld)
	p.put(ctx, a)
	return ld, nil
}

func (p *classifier) traces(ctx context.Context, td ptrace.Traces) (ptrace.Traces, error) {
	a := p.get()
	a.walker.Traces(td)
	p.put(ctx, a)
	return td, nil
}

func (p *classifier) metrics(ctx context.Context, md pmetric.Metrics) (pmetric.Metrics, error) {
	a := p.get()
	a.metrics.on = true
	a.walker.Metrics(md)
	a.closeMetric()
	p.put(ctx, a)
	return md, nil
}

func (p *classifier) get() *annotator { return p.pool.Get().(*annotator) }

// put counts what a found and gives it back.
func (p *classifier) put(ctx context.Context, a *annotator) {
	for t, n := range a.counts {
		if n > 0 && p.opts[t] != nil {
			p.tel.WeirClassificationFindings.Add(ctx, n, p.opts[t])
		}
	}
	if a.failed > 0 {
		p.tel.WeirClassificationFailed.Add(ctx, a.failed)
	}
	if a.overflow > 0 {
		p.tel.WeirClassificationOverflow.Add(ctx, a.overflow)
	}
	a.reset()
	p.pool.Put(a)
}
