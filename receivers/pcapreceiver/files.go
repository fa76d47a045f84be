package pcapreceiver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"

	"github.com/weir-telemetry/weir/internal/capture"
	"github.com/weir-telemetry/weir/internal/capture/pcapfile"
)

// findFiles lists what files names: in its order, the matches of a glob sorted,
// each file once.
func (r *pcapReceiver) findFiles() ([]string, error) {
	var out []string
	for i, pattern := range r.cfg.Files {
		if !strings.ContainsAny(pattern, "*?[") {
			if _, err := os.Stat(pattern); err != nil {
				return nil, fmt.Errorf("files[%d]: %w", i, err)
			}
			out = append(out, pattern)
			continue
		}
		matches, err := filepath.Glob(pattern)
		if err != nil {
			return nil, fmt.Errorf("files[%d]: %w", i, err)
		}
		if len(matches) == 0 {
			r.log.Warn("a glob of files matches nothing", zap.Int("index", i), zap.String("files", pattern))
		}
		slices.Sort(matches)
		out = append(out, matches...)
	}
	seen := map[string]bool{}
	out = slices.DeleteFunc(out, func(f string) bool {
		twice := seen[filepath.Clean(f)]
		seen[filepath.Clean(f)] = true
		return twice
	})
	if len(r.cfg.Files) > 0 && len(out) == 0 {
		return nil, errors.New("files: no file matches")
	}
	return out, nil
}

// readFiles reads all files and then ends the process when told to.
func (r *pcapReceiver) readFiles(ctx context.Context, host component.Host, files []string) {
	s := r.newSource(ctx, true)
	var failed []error
	for _, f := range files {
		if ctx.Err() != nil {
			return
		}
		if err := r.readFile(s, f); err != nil {
			failed = append(failed, err)
			r.log.Error("capture file not read", zap.Error(err))
		}
	}
	r.sendMetrics(ctx, true)
	switch {
	case len(failed) > 0:
		event := componentstatus.NewPermanentErrorEvent(errors.Join(failed...))
		if r.cfg.StopAtEnd {
			event = componentstatus.NewFatalErrorEvent(errors.Join(failed...))
		}
		// Not waited for: the host may take a fatal event only after it has
		// begun to shut down, which waits for us.
		go componentstatus.ReportStatus(host, event)
	case r.cfg.StopAtEnd && ctx.Err() == nil:
		r.end.finish(ctx)
	}
}

// readFile reads one file to its end, or as far as it is sound. The error says
// that it is unreadable.
func (r *pcapReceiver) readFile(s *source, path string) (err error) {
	result := "read"
	defer func() {
		s.end()
		r.telemetry.PcapFiles.Add(context.Background(), 1, metric.WithAttributes(attribute.String("result", result)))
	}()
	in, err := pcapfile.Open(path)
	if err != nil {
		result = "unreadable"
		return fmt.Errorf("read %s: %w", path, err)
	}
	defer in.Close()
	var rec capture.Record
	for n := 0; s.ctx.Err() == nil; n++ {
		if err := in.Next(&rec); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			result = "damaged"
			r.log.Warn("capture file is damaged, what stood before was taken", zap.String("file", path), zap.Error(err))
			return nil
		}
		s.packet(&rec)
		if n%256 == 0 {
			s.flushAged(time.Now())
		}
	}
	return nil
}
