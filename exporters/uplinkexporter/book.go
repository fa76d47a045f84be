package uplinkexporter

import (
	"context"
	"fmt"
	"sync"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.uber.org/zap"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
	"github.com/weir-telemetry/weir/exporters/uplinkexporter/internal/metadata"
	"github.com/weir-telemetry/weir/internal/ledger"
)

// ledgerFiles is over how many files the ledger's bytes are spread; the oldest
// is given up as a whole.
const ledgerFiles = 16

// book is the ledger with a place for its troubles: while it can't be written
// nothing is sent, the component's status says so, and each push tries again.
type book struct {
	cfg       LedgerConfig
	host      component.Host
	telemetry *metadata.TelemetryBuilder
	logger    *zap.Logger

	// append writes an envelope; tests put a full disk here.
	append func(*uplinkv1.Envelope) error

	mu      sync.Mutex
	ledger  *ledger.Ledger // nil while it could not be opened
	failing bool
}

func newBook(cfg LedgerConfig, host component.Host, tb *metadata.TelemetryBuilder, logger *zap.Logger) *book {
	b := &book{cfg: cfg, host: host, telemetry: tb, logger: logger}
	b.append = func(e *uplinkv1.Envelope) error { return b.ledger.Append(e) }
	return b
}

// ready opens the ledger unless it is open.
func (b *book) ready(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ledger != nil {
		return nil
	}
	l, recovery, err := ledger.Open(b.cfg.Directory, ledger.Options{
		FileBytes: b.cfg.MaxBytes / (ledgerFiles + 1), // a file ends a line after its bound
		Files:     ledgerFiles,
	})
	if err != nil {
		return b.failed(ctx, err)
	}
	if recovery.TornBytes > 0 {
		b.logger.Info("the ledger ended within a line, as its process was killed; the line was cut off and had not been sent",
			zap.Int64("bytes", recovery.TornBytes))
	}
	b.ledger = l
	return nil
}

// last is the digest of the last envelope. Call it after ready.
func (b *book) last() [32]byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.ledger.Digest()
}

// write returns once the envelope is on disk.
func (b *book) write(ctx context.Context, e *uplinkv1.Envelope) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.append(e); err != nil {
		return b.failed(ctx, err)
	}
	if b.failing {
		b.failing = false
		b.logger.Info("the ledger can be written again")
		componentstatus.ReportStatus(b.host, componentstatus.NewEvent(componentstatus.StatusOK))
	}
	return nil
}

// failed counts, and tells once until it works again.
func (b *book) failed(ctx context.Context, err error) error {
	err = fmt.Errorf("uplink: nothing is sent while the ledger can't be written: %w", err)
	b.telemetry.ExporterUplinkLedgerFailures.Add(ctx, 1)
	if !b.failing {
		b.failing = true
		b.logger.Error("the uplink stands still", zap.Error(err))
		componentstatus.ReportStatus(b.host, componentstatus.NewRecoverableErrorEvent(err))
	}
	return err
}

func (b *book) close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ledger == nil {
		return nil
	}
	return b.ledger.Close()
}
