package demo

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weir-telemetry/weir/demo/people"
	"github.com/weir-telemetry/weir/demo/search"
)

// The capture must be what its manifest says: made with the present generator
// (else its values would not be the ones searched for), and with every type.
func TestKeptCaptureHoldsTheValuesOfItsSeed(t *testing.T) {
	pcap, m, err := Capture()
	require.NoError(t, err)
	assert.Less(t, len(pcap), 1<<20, "a repository is no place for large captures")
	s := search.New(people.New(m.Seed, m.People).Needles())
	s.Bytes("demo.pcap", pcap)
	r := s.Report()
	assert.Empty(t, r.Incomplete)
	for _, kind := range []string{
		"EMAIL", "PAYMENT_CARD", "IBAN", "US_SSN", "PHONE", "IP_ADDRESS",
		"PERSON_NAME", "BIRTH_DATE", "JWT", "API_KEY", "PASSWORD", "PRIVATE_KEY",
	} {
		assert.Positive(t, r.ByType[kind], kind)
	}
	assert.Equal(t, m.Exchanges, bytes.Count(pcap, []byte(" HTTP/1.1\r\n")), "requests in the capture")
}

func TestConfigs(t *testing.T) {
	for _, name := range []string{"pipeline.yaml", "live.yaml", "replay.yaml", "stores.yaml", "control.yaml"} {
		b, err := Config(name)
		require.NoError(t, err)
		assert.NotEmpty(t, b)
	}
	_, err := Config("absent.yaml")
	require.Error(t, err)
}
