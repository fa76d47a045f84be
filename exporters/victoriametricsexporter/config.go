package victoriametricsexporter

import (
	"errors"
	"fmt"
	"math"
	"net/url"
	"regexp"
	"strings"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configretry"
	"go.opentelemetry.io/collector/exporter/exporterhelper"

	"github.com/weir-telemetry/weir/internal/credentials"
)

// Accepted values of the setting histograms.
const (
	histogramsVMRange  = "vmrange"
	histogramsNative   = "native"
	histogramsExplicit = "explicit"
)

// Config holds the user's settings of the exporter.
type Config struct {
	// ClientConfig is the HTTP(S) client: endpoint, tls, headers, auth,
	// proxy_url, timeout. An endpoint without a path gets /api/v1/write.
	confighttp.ClientConfig `mapstructure:",squash"`

	// RetryConfig says how often and how long a failed request is tried again.
	// A max_elapsed_time of 0 never gives up.
	RetryConfig configretry.BackOffConfig `mapstructure:"retry_on_failure"`

	// QueueConfig is the sending queue and its batching. Name a storage
	// extension in it to keep accepted data over a crash.
	QueueConfig configoptional.Optional[exporterhelper.QueueBatchConfig] `mapstructure:"sending_queue"`

	// Username and Password are sent as basic authentication; empty: none.
	Username string              `mapstructure:"username"`
	Password configopaque.String `mapstructure:"password"`
	// UsernameFile and PasswordFile name files read at start and again whenever
	// they change; a trailing line break is cut off.
	UsernameFile string `mapstructure:"username_file"`
	PasswordFile string `mapstructure:"password_file"`

	// ExternalLabels are added to every series that has no label of that name.
	ExternalLabels map[string]string `mapstructure:"external_labels"`

	// Namespace is put before every metric name, with an underscore.
	Namespace string `mapstructure:"namespace"`

	// AddMetricSuffixes appends the unit and _total to metric names.
	AddMetricSuffixes bool `mapstructure:"add_metric_suffixes"`

	// Histograms says how exponential histograms are written: vmrange, native
	// or explicit.
	Histograms string `mapstructure:"histograms"`

	// ExplicitBounds are the upper bounds of the buckets for explicit, rising.
	ExplicitBounds []float64 `mapstructure:"explicit_bounds"`

	// PromoteResourceAttributes become labels of every series of the resource;
	// "*" means all.
	PromoteResourceAttributes []string `mapstructure:"promote_resource_attributes"`

	// TargetInfo writes a target_info series with all attributes of a resource.
	TargetInfo bool `mapstructure:"target_info"`

	// ScopeLabels adds otel_scope_name, otel_scope_version and the scope's
	// attributes as labels.
	ScopeLabels bool `mapstructure:"scope_labels"`

	// Exemplars are sent with counters and buckets.
	Exemplars bool `mapstructure:"exemplars"`

	// MaxLabels is the largest number of labels of a series, its name included;
	// points with more are dropped and counted. 0: no limit.
	MaxLabels int `mapstructure:"max_labels"`

	// MaxRequestBytes bounds a request before compression.
	MaxRequestBytes int `mapstructure:"max_request_bytes"`

	// MaxRequestSamples bounds the samples of a request.
	MaxRequestSamples int `mapstructure:"max_request_samples"`

	// prevent unkeyed literal initialization
	_ struct{}
}

var (
	_ component.Config = (*Config)(nil)

	labelName     = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	namespaceName = regexp.MustCompile(`^([A-Za-z_:][A-Za-z0-9_:]*)?$`)
)

// Validate reports every setting that can't work, naming its key.
func (c *Config) Validate() error {
	errs := []error{c.validateEndpoint(), c.validateCredentials(), c.validateHistograms()}
	for name := range c.ExternalLabels {
		errs = append(errs, validateExternalLabel(name))
	}
	if !namespaceName.MatchString(c.Namespace) {
		errs = append(errs, fmt.Errorf("namespace: %q must be letters, digits, underscores and colons, not beginning with a digit", c.Namespace))
	}
	if c.Compression.IsCompressed() {
		errs = append(errs, errors.New("compression: must be unset, remote write is always compressed by snappy"))
	}
	if c.Timeout < 0 {
		errs = append(errs, errors.New("timeout: must not be negative"))
	}
	if c.MaxLabels < 0 {
		errs = append(errs, errors.New("max_labels: must be 0 (no limit) or positive"))
	}
	if c.MaxRequestBytes < 1<<16 || c.MaxRequestBytes > 1<<28 {
		errs = append(errs, fmt.Errorf("max_request_bytes: %d is not between 65536 and 268435456", c.MaxRequestBytes))
	}
	if c.MaxRequestSamples < 1 {
		errs = append(errs, errors.New("max_request_samples: must be positive"))
	}
	return errors.Join(errs...)
}

func validateExternalLabel(name string) error {
	switch {
	case !labelName.MatchString(name) || strings.HasPrefix(name, "__"):
		return fmt.Errorf("external_labels: %q is no label name: letters, digits and underscores, not beginning with a digit or __", name)
	case name == labelLE || name == labelQuantile || name == labelVMRange:
		return fmt.Errorf("external_labels: %q belongs to the buckets of histograms and summaries", name)
	}
	return nil
}

// validateEndpoint never repeats the value: a URL may hold a password.
func (c *Config) validateEndpoint() error {
	if c.Endpoint == "" {
		return errors.New("endpoint: must be set, such as http://127.0.0.1:8428/api/v1/write")
	}
	u, err := url.Parse(c.Endpoint)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return errors.New("endpoint: must be a URL with scheme http or https and a host, such as http://127.0.0.1:8428/api/v1/write")
	}
	if u.User != nil {
		return errors.New("endpoint: must hold no credentials, use username and password")
	}
	return nil
}

func (c *Config) validateCredentials() error {
	if err := credentials.Validate(c.Username, c.UsernameFile, string(c.Password), c.PasswordFile, c.Auth.HasValue()); err != nil {
		return err
	}
	hasUser := c.Username != "" || c.UsernameFile != ""
	for name := range c.Headers.Iter {
		if hasUser && strings.EqualFold(name, "Authorization") {
			return errors.New("headers: Authorization and username exclude each other")
		}
	}
	return nil
}

func (c *Config) validateHistograms() error {
	switch c.Histograms {
	case histogramsVMRange, histogramsNative:
		return nil
	case histogramsExplicit:
	default:
		return fmt.Errorf("histograms: %q is not one of vmrange, native, explicit", c.Histograms)
	}
	if len(c.ExplicitBounds) == 0 {
		return errors.New("explicit_bounds: must hold at least one bound")
	}
	for i, b := range c.ExplicitBounds {
		if math.IsNaN(b) || math.IsInf(b, 0) || i > 0 && b <= c.ExplicitBounds[i-1] {
			return fmt.Errorf("explicit_bounds: must be finite and rise, the one at index %d does not", i)
		}
	}
	return nil
}
