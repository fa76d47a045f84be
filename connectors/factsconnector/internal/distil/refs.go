package distil

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
	"github.com/weir-telemetry/weir/internal/exchange"
	"github.com/weir-telemetry/weir/internal/fact"
)

var (
	// unknown stands behind every address that the directory doesn't name.
	unknown = fact.Ref{Type: uplinkv1.EntityType_ENTITY_TYPE_EXTERNAL, Name: "unknown"}
	// other stands for those that a bound keeps from being told apart.
	other = fact.Ref{Type: uplinkv1.EntityType_ENTITY_TYPE_EXTERNAL, Name: "other"}
)

// types maps both spellings of a type, Kubernetes' kinds (StatefulSet) and the
// enumeration's (stateful_set), once folded.
var types = func() map[string]fact.EntityType {
	m := map[string]fact.EntityType{}
	for number, name := range uplinkv1.EntityType_name {
		if number != 0 {
			m[fold(strings.TrimPrefix(name, "ENTITY_TYPE_"))] = fact.EntityType(number)
		}
	}
	return m
}()

func fold(kind string) string { return strings.ToLower(strings.ReplaceAll(kind, "_", "")) }

// typeOf is 0 for a kind that no fact can name.
func typeOf(kind string) fact.EntityType { return types[fold(kind)] }

// text reads a string attribute; it is empty when there is none, when it is
// none, or when it is too long to be a name.
func text(m pcommon.Map, key string) string {
	v, ok := m.Get(key)
	if !ok || v.Type() != pcommon.ValueTypeStr || len(v.Str()) > maxText {
		return ""
	}
	return v.Str()
}

// refOf reads <prefix>.{type,kind}, .namespace and .name. It is the zero Ref
// when nobody is named. Its strings are those of the batch.
func refOf(m pcommon.Map, kindKey, namespaceKey, nameKey string) fact.Ref {
	name := text(m, nameKey)
	if name == "" {
		return fact.Ref{}
	}
	t := typeOf(text(m, kindKey))
	if t == 0 {
		return fact.Ref{}
	}
	return fact.Ref{Type: t, Namespace: text(m, namespaceKey), Name: name}
}

// ends reads both ends of an exchange. One that is not named is unknown; ok is
// false when neither is named.
func ends(m pcommon.Map) (source, destination fact.Ref, ok bool) {
	source = refOf(m, exchange.AttrSourceKind, exchange.AttrSourceNamespace, exchange.AttrSourceName)
	destination = refOf(m, exchange.AttrDestinationKind, exchange.AttrDestinationNamespace, exchange.AttrDestinationName)
	if source.IsZero() && destination.IsZero() {
		return source, destination, false
	}
	if source.IsZero() {
		source = unknown
	}
	if destination.IsZero() {
		destination = unknown
	}
	return source, destination, true
}

// keepRef copies the names of r.
func keepRef(r fact.Ref) fact.Ref {
	return fact.Ref{Type: r.Type, Namespace: keep(r.Namespace), Name: keep(r.Name)}
}

// key is r without what doesn't tell it from others.
func key(r fact.Ref) fact.Ref { return fact.Ref{Type: r.Type, Namespace: r.Namespace, Name: r.Name} }

func lessRef(a, b fact.Ref) int {
	if a.Type != b.Type {
		return int(a.Type) - int(b.Type)
	}
	if c := strings.Compare(a.Namespace, b.Namespace); c != 0 {
		return c
	}
	return strings.Compare(a.Name, b.Name)
}
