package uplinkexporter

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configcompression"
	"go.opentelemetry.io/collector/config/configgrpc"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configretry"
	"go.opentelemetry.io/collector/exporter/exporterhelper"

	"github.com/weir-telemetry/weir/internal/fact"
	"github.com/weir-telemetry/weir/internal/guard"
)

const (
	defaultAckTimeout   = 5 * time.Minute
	defaultLedgerBytes  = 256 << 20
	minLedgerBytes      = 1 << 20
	defaultBudget       = 64 << 10
	maxBudget           = 256 << 10
	defaultMaxEnvelope  = fact.MaxEnvelopeBytes
	smallestMaxEnvelope = 16 << 10
	largestMaxEnvelope  = fact.MaxEnvelopeBytes
)

// Config holds the user's settings of the exporter.
type Config struct {
	// ClientConfig is the gRPC client: endpoint, tls, compression, keepalive.
	configgrpc.ClientConfig `mapstructure:",squash"`

	// RetryConfig says how often and how long a push that failed is tried
	// again; without an end by default.
	RetryConfig configretry.BackOffConfig `mapstructure:"retry_on_failure"`

	// QueueConfig is the sending queue. Name a storage extension in it to keep
	// facts over a crash.
	QueueConfig configoptional.Optional[exporterhelper.QueueBatchConfig] `mapstructure:"sending_queue"`

	// APIKeyFile names the file that holds the project's API key. It is read
	// again when it changes; the next session shows the new key.
	APIKeyFile string `mapstructure:"api_key_file"`

	// Project that the key must belong to; empty: whichever it is.
	Project string `mapstructure:"project"`

	// Cluster is the cluster's name.
	Cluster string `mapstructure:"cluster"`

	// Sender tells the senders of a cluster apart: the node's or deployment's
	// name. It leaves as a keyed id only. Empty: the host's name.
	Sender string `mapstructure:"sender"`

	// SaltFile names the file with the cluster's salt, at least 16 bytes, the
	// same for all agents and the mediator of a cluster. It is read at start.
	SaltFile string `mapstructure:"salt_file"`

	// Ledger is where each envelope is written before it is sent.
	Ledger LedgerConfig `mapstructure:"ledger"`

	// Budget of bytes that may leave.
	Budget BudgetConfig `mapstructure:"budget"`

	// MergeSides drops edges seen at the client's end where the server's end
	// reports too. Set it where the reports of a whole cluster come together.
	MergeSides bool `mapstructure:"merge_sides"`

	// AckTimeout is how long an envelope waits for its acknowledgement before
	// the session counts as lost.
	AckTimeout time.Duration `mapstructure:"ack_timeout"`

	// MaxEnvelopeBytes bounds an envelope before compression. Several reports
	// are spread over several envelopes; one that is larger alone is dropped.
	MaxEnvelopeBytes int `mapstructure:"max_envelope_bytes"`

	// Insecure accepts tls::insecure towards another machine.
	Insecure bool `mapstructure:"insecure"`

	// prevent unkeyed literal initialization
	_ struct{}
}

// LedgerConfig says where the ledger is kept and how large it may grow.
type LedgerConfig struct {
	// Directory of the ledger's files, of this exporter alone.
	Directory string `mapstructure:"directory"`
	// MaxBytes of all files together; the oldest are given up first.
	MaxBytes int64 `mapstructure:"max_bytes"`

	// prevent unkeyed literal initialization
	_ struct{}
}

// BudgetConfig bounds what leaves.
type BudgetConfig struct {
	// BytesPerNodeDay is spent hour by hour.
	BytesPerNodeDay int `mapstructure:"bytes_per_node_day"`

	// prevent unkeyed literal initialization
	_ struct{}
}

var (
	_ component.Config = (*Config)(nil)

	clusterName = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$`)
	projectName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$`)
)

func createDefaultConfig() component.Config {
	client := configgrpc.NewDefaultClientConfig()
	client.Compression = configcompression.TypeZstd

	// In order and one at a time: a report is a window, they come slowly.
	queue := exporterhelper.NewDefaultQueueConfig()
	queue.NumConsumers = 1
	// Without an end: facts are not given up because the other side is away.
	retry := configretry.NewDefaultBackOffConfig()
	retry.MaxElapsedTime = 0
	return &Config{
		ClientConfig:     client,
		RetryConfig:      retry,
		QueueConfig:      configoptional.Some(queue),
		Ledger:           LedgerConfig{MaxBytes: defaultLedgerBytes},
		Budget:           BudgetConfig{BytesPerNodeDay: defaultBudget},
		AckTimeout:       defaultAckTimeout,
		MaxEnvelopeBytes: defaultMaxEnvelope,
	}
}

// Validate reports every setting that can't work, naming its key.
func (c *Config) Validate() error {
	var errs []error
	check := func(ok bool, text string) {
		if !ok {
			errs = append(errs, errors.New(text))
		}
	}
	errs = append(errs, c.validateEndpoint())
	switch c.Compression {
	case configcompression.TypeZstd, configcompression.TypeGzip, configcompression.TypeSnappy, "none", "":
	default:
		check(false, "compression: must be zstd, gzip, snappy or none")
	}
	check(c.APIKeyFile == "" || !c.Auth.HasValue(), "api_key_file and auth exclude each other")
	check(c.Project == "" || projectName.MatchString(c.Project),
		"project: must be 1 to 128 letters, digits, dots, underscores and hyphens, beginning with a letter or digit")
	check(clusterName.MatchString(c.Cluster),
		"cluster: must be 1 to 63 lower case letters, digits, dots and hyphens, beginning and ending with a letter or digit")
	check(c.SaltFile != "", "salt_file: must name a file of at least 16 bytes, the same for all agents of the cluster")
	check(c.Ledger.Directory != "", "ledger::directory: must be set")
	check(c.Ledger.MaxBytes >= minLedgerBytes, fmt.Sprintf("ledger::max_bytes: must be at least %d", minLedgerBytes))
	check(c.Budget.BytesPerNodeDay > 0 && c.Budget.BytesPerNodeDay <= maxBudget,
		fmt.Sprintf("budget::bytes_per_node_day: must be 1 to %d", maxBudget))
	check(c.AckTimeout > 0, "ack_timeout: must be positive")
	check(c.MaxEnvelopeBytes >= smallestMaxEnvelope && c.MaxEnvelopeBytes <= largestMaxEnvelope,
		fmt.Sprintf("max_envelope_bytes: must be %d to %d", smallestMaxEnvelope, largestMaxEnvelope))
	return errors.Join(errs...)
}

// validateEndpoint refuses to say facts, or the key, aloud to other machines.
func (c *Config) validateEndpoint() error {
	switch {
	case c.Endpoint == "":
		return errors.New("endpoint: must be host:port, such as mediator:50051")
	case !c.TLS.Insecure, c.Insecure, strings.HasPrefix(c.Endpoint, "unix:"):
		return nil
	case guard.Loopback(bareEndpoint(c.Endpoint)):
		return nil
	}
	return errors.New("tls::insecure: must be false unless the endpoint is of this machine; insecure: true accepts it")
}

// bareEndpoint is host:port without a scheme such as dns:///.
func bareEndpoint(endpoint string) string {
	if _, after, ok := strings.Cut(endpoint, "://"); ok {
		return strings.TrimPrefix(after, "/")
	}
	return endpoint
}
