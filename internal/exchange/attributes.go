package exchange

import (
	"net/netip"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/weir-telemetry/weir/internal/entity"
)

// The attributes, names and values that are Weir's own. All others are those
// of the OpenTelemetry semantic conventions.
const (
	EventName = "weir.exchange" // event name of the log record

	AttrDuration             = "weir.exchange.duration" // double, seconds
	AttrPartial              = "weir.exchange.partial"  // bool, only when true
	AttrSourceKind           = "weir.source.kind"
	AttrSourceNamespace      = "weir.source.namespace"
	AttrSourceName           = "weir.source.name"
	AttrDestinationKind      = "weir.destination.kind"
	AttrDestinationNamespace = "weir.destination.namespace"
	AttrDestinationName      = "weir.destination.name"

	// UnknownService is the service.name of a resource that nobody is known
	// for. An address is personal data and never stands in for a name.
	UnknownService = "unknown_service"

	otherMethod = "_OTHER"
)

const (
	keyMethod         = string(semconv.HTTPRequestMethodKey)
	keyMethodOriginal = string(semconv.HTTPRequestMethodOriginalKey)
	keyStatus         = string(semconv.HTTPResponseStatusCodeKey)
	keyRoute          = string(semconv.HTTPRouteKey)
	keyRequestSize    = string(semconv.HTTPRequestBodySizeKey)
	keyResponseSize   = string(semconv.HTTPResponseBodySizeKey)
	keyURLPath        = string(semconv.URLPathKey)
	keyURLQuery       = string(semconv.URLQueryKey)
	keyURLScheme      = string(semconv.URLSchemeKey)
	keyClientAddress  = string(semconv.ClientAddressKey)
	keyClientPort     = string(semconv.ClientPortKey)
	keyServerAddress  = string(semconv.ServerAddressKey)
	keyServerPort     = string(semconv.ServerPortKey)
	keyProtoName      = string(semconv.NetworkProtocolNameKey)
	keyProtoVersion   = string(semconv.NetworkProtocolVersionKey)
	keyErrorType      = string(semconv.ErrorTypeKey)
	keyServiceName    = string(semconv.ServiceNameKey)
)

// knownMethod returns the method as the semantic conventions spell it, without
// allocating, and false for one that they don't know.
func knownMethod(m []byte) (string, bool) {
	switch string(m) {
	case "GET":
		return "GET", true
	case "POST":
		return "POST", true
	case "PUT":
		return "PUT", true
	case "DELETE":
		return "DELETE", true
	case "PATCH":
		return "PATCH", true
	case "HEAD":
		return "HEAD", true
	case "OPTIONS":
		return "OPTIONS", true
	case "CONNECT":
		return "CONNECT", true
	case "TRACE":
		return "TRACE", true
	case "QUERY":
		return "QUERY", true
	}
	return otherMethod, false
}

// observer is the workload that the exchange was observed at: its resource.
func (e *Exchange) observer() entity.Workload {
	if e.Side == ClientSide {
		return e.Source
	}
	return e.Destination
}

// partial reports whether a consumer must reckon with cut bodies.
func (e *Exchange) partial() bool {
	return e.Partial || e.Request.Truncated || e.Response.Truncated
}

// kindKeys maps the Kubernetes kinds of workloads to their name attribute.
var kindKeys = map[string]string{
	"Deployment":  string(semconv.K8SDeploymentNameKey),
	"StatefulSet": string(semconv.K8SStatefulSetNameKey),
	"DaemonSet":   string(semconv.K8SDaemonSetNameKey),
	"ReplicaSet":  string(semconv.K8SReplicaSetNameKey),
	"Job":         string(semconv.K8SJobNameKey),
	"CronJob":     string(semconv.K8SCronJobNameKey),
}

// putResource describes w as a resource.
func putResource(m pcommon.Map, w entity.Workload) {
	m.EnsureCapacity(6)
	name := w.Name
	if name == "" {
		name = UnknownService
	}
	m.PutStr(keyServiceName, name)
	if key := kindKeys[w.Kind]; key != "" && w.Name != "" {
		m.PutStr(key, w.Name)
	}
	putKnown(m, string(semconv.K8SNamespaceNameKey), w.Namespace)
	putKnown(m, string(semconv.K8SNodeNameKey), w.Node)
	putKnown(m, string(semconv.K8SPodNameKey), w.Pod)
	putKnown(m, string(semconv.K8SContainerNameKey), w.Container)
}

// putEnds names both ends, as far as they are known.
func putEnds(m pcommon.Map, source, destination entity.Workload) {
	putKnown(m, AttrSourceKind, source.Kind)
	putKnown(m, AttrSourceNamespace, source.Namespace)
	putKnown(m, AttrSourceName, source.Name)
	putKnown(m, AttrDestinationKind, destination.Kind)
	putKnown(m, AttrDestinationNamespace, destination.Namespace)
	putKnown(m, AttrDestinationName, destination.Name)
}

func putKnown(m pcommon.Map, key, value string) {
	if value != "" {
		m.PutStr(key, value)
	}
}

// putAddress writes an address and its port, when there is one.
func putAddress(m pcommon.Map, addrKey, portKey string, a netip.AddrPort) {
	if !a.IsValid() {
		return
	}
	m.PutStr(addrKey, a.Addr().Unmap().WithZone("").String())
	m.PutInt(portKey, int64(a.Port()))
}

// putProtocol writes the version and, where it is not HTTP, the protocol.
func (e *Exchange) putProtocol(m pcommon.Map) {
	if e.Protocol != HTTP && e.Protocol != "" {
		m.PutStr(keyProtoName, string(e.Protocol))
	}
	putKnown(m, keyProtoVersion, e.Version)
}

// putMethod writes the method; one that is not known is cut to 64 bytes beside
// _OTHER, as anybody can send any word.
func (e *Exchange) putMethod(m pcommon.Map) {
	if len(e.Method) == 0 {
		return
	}
	method, ok := knownMethod(e.Method)
	m.PutStr(keyMethod, method)
	if !ok {
		m.PutStr(keyMethodOriginal, strings.ToValidUTF8(string(e.Method[:min(len(e.Method), 64)]), "?"))
	}
}
