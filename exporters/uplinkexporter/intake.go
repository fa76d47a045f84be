package uplinkexporter

import (
	"context"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"

	"github.com/weir-telemetry/weir/exporters/uplinkexporter/internal/metadata"
	"github.com/weir-telemetry/weir/internal/fact"
)

// intake lets facts in and nothing else. Safe for concurrent use.
type intake struct {
	telemetry *metadata.TelemetryBuilder
	logger    *zap.Logger
}

// read returns the report that a ResourceLogs holds, nil when it holds none.
func (i *intake) read(ctx context.Context, rl plog.ResourceLogs) *fact.Report {
	r, refused, err := fact.FromLogs(rl)
	for reason, n := range refused {
		i.telemetry.ExporterUplinkRecordsRefused.Add(ctx, int64(n),
			metric.WithAttributes(attribute.String("reason", string(reason))))
	}
	if err != nil {
		i.logger.Warn("refused: no report of facts", zap.Error(err))
		return nil
	}
	return r
}

// reports are those that come in, and later those that leave the queue, whose
// storage is a file that someone may have written to.
func (i *intake) reports(ctx context.Context, ld plog.Logs) (out []*fact.Report) {
	for _, rl := range ld.ResourceLogs().All() {
		if r := i.read(ctx, rl); r != nil {
			out = append(out, r)
		}
	}
	return out
}
