package distil

import (
	"strconv"

	"go.opentelemetry.io/collector/pdata/pcommon"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
	"github.com/weir-telemetry/weir/internal/fact"
)

// protocols maps network.protocol.name, rpc.system and db.system.
var protocols = map[string]fact.Protocol{
	"http": uplinkv1.Protocol_PROTOCOL_HTTP, "http/2": uplinkv1.Protocol_PROTOCOL_HTTP2, "grpc": uplinkv1.Protocol_PROTOCOL_GRPC,
	"postgresql": uplinkv1.Protocol_PROTOCOL_POSTGRESQL, "mysql": uplinkv1.Protocol_PROTOCOL_MYSQL,
	"mariadb": uplinkv1.Protocol_PROTOCOL_MYSQL, "redis": uplinkv1.Protocol_PROTOCOL_REDIS,
	"kafka": uplinkv1.Protocol_PROTOCOL_KAFKA, "dns": uplinkv1.Protocol_PROTOCOL_DNS,
	"tcp": uplinkv1.Protocol_PROTOCOL_TCP, "udp": uplinkv1.Protocol_PROTOCOL_UDP,
}

// protocolKeys are asked in this order.
var protocolKeys = []string{
	string(semconv.NetworkProtocolNameKey), string(semconv.RPCSystemNameKey), "rpc.system",
	string(semconv.DBSystemNameKey), "db.system", string(semconv.MessagingSystemKey),
}

// protocolOf is what the attributes say, otherwise what is usual.
func protocolOf(m pcommon.Map, usual fact.Protocol) fact.Protocol {
	for _, key := range protocolKeys {
		if p, ok := protocols[text(m, key)]; ok {
			usual = p
			break
		}
	}
	if usual == uplinkv1.Protocol_PROTOCOL_HTTP && text(m, string(semconv.NetworkProtocolVersionKey)) == "2" {
		return uplinkv1.Protocol_PROTOCOL_HTTP2
	}
	return usual
}

// portOf is 0 when no port is said.
func portOf(m pcommon.Map) uint16 {
	p, ok := integer(m, string(semconv.ServerPortKey))
	if !ok || p < 0 || p > 65535 {
		return 0
	}
	return uint16(p)
}

// integer reads a number; some exporters write them as text.
func integer(m pcommon.Map, key string) (int64, bool) {
	v, ok := m.Get(key)
	if !ok {
		return 0, false
	}
	switch v.Type() {
	case pcommon.ValueTypeInt:
		return v.Int(), true
	case pcommon.ValueTypeStr:
		n, err := strconv.ParseInt(v.Str(), 10, 64)
		return n, err == nil
	default:
		return 0, false
	}
}

// flag is true when the attribute is.
func flag(m pcommon.Map, key string) bool {
	v, ok := m.Get(key)
	return ok && v.Type() == pcommon.ValueTypeBool && v.Bool()
}

// statusKeys hold the state by which a request ended.
var statusKeys = []string{string(semconv.HTTPResponseStatusCodeKey), "rpc.grpc.status_code", string(semconv.RPCResponseStatusCodeKey)}

// rpcErrors are the states of gRPC that are a server's fault, as the semantic
// conventions name them.
var rpcErrors = map[string]bool{
	"2": true, "4": true, "12": true, "13": true, "14": true, "15": true,
	"UNKNOWN": true, "DEADLINE_EXCEEDED": true, "UNIMPLEMENTED": true, "INTERNAL": true, "UNAVAILABLE": true, "DATA_LOSS": true,
}

// failed reports whether requests with these attributes count as errors: those
// with an HTTP status of 500 and above, with a gRPC state that is the server's
// fault, or with an error.type that is not just the status. A status of 4xx is
// the client's and no error, at whichever end it was seen, so that both ends
// of an edge agree.
func failed(m pcommon.Map) bool {
	kind := text(m, string(semconv.ErrorTypeKey))
	if status, ok := integer(m, string(semconv.HTTPResponseStatusCodeKey)); ok {
		return status >= 500 || (kind != "" && kind != strconv.FormatInt(status, 10))
	}
	for _, key := range statusKeys[1:] {
		if v, ok := m.Get(key); ok {
			return rpcErrors[v.AsString()]
		}
	}
	return kind != ""
}
