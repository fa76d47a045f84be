package uplinkexporter

import (
	"github.com/weir-telemetry/weir/internal/fact"
)

// catalogueVersion is that of the symptoms' numbers.
const catalogueVersion = 1

// newEncoders returns what makes the encoder of each session. It goes on with
// the chain where the ledger ends, and tells all names anew.
func newEncoders(cfg *Config, identity *fact.Identity, sender uint64, b *book, m *meter) func(uint64) *fact.Encoder {
	return func(session uint64) *fact.Encoder {
		m.session()
		return fact.NewEncoder(fact.EncoderOptions{
			Identity: identity, Sender: sender, Session: session, Previous: b.last(),
			CatalogueVersion: catalogueVersion, MaxBytes: cfg.MaxEnvelopeBytes,
		})
	}
}
