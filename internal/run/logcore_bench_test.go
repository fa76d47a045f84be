package run

import (
	"errors"
	"io"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// The cost of the log core beside the same line without it.
func BenchmarkLogCore(b *testing.B) {
	inner := zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(io.Discard), zap.InfoLevel)
	fields := []zap.Field{zap.String("endpoint", "0.0.0.0:4317"), zap.Int("items", 512), zap.Duration("took", 3*time.Second)}
	nested := append(fields[:3:3], zap.Error(errors.New("connection refused")), zap.Strings("files", []string{"a.pcap", "b.pcap"}))
	found := []zap.Field{zap.String("user", "jane.roe@example.org")}
	for _, way := range []struct {
		name string
		core zapcore.Core
	}{{"stock", inner}, {"cleaned", &core{Core: inner, clean: testCleaner(b), fatal: new(atomic.Bool)}}} {
		l := zap.New(way.core)
		for _, line := range []struct {
			name   string
			fields []zap.Field
		}{{"plain", fields}, {"nested", nested}, {"found", found}} {
			b.Run(line.name+"/"+way.name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					l.Info("Exporting failed. Will retry the request after interval.", line.fields...)
				}
			})
		}
	}
}
