package inspect

import (
	"net/netip"
	"strings"

	"github.com/weir-telemetry/weir/internal/datatype"
	"github.com/weir-telemetry/weir/internal/detect"
	"github.com/weir-telemetry/weir/internal/walk"
)

// Known tells whether an address belongs to a workload of the directory.
// directory.Resolver is one.
type Known interface {
	Known(addr netip.Addr) bool
}

// identityPrefixes and identityKeys are the attributes that name a sender or
// an end of an exchange. They are exempt from the IP_ADDRESS and PERSON_NAME
// rules only: an e-mail address in service.name is still found.
var identityPrefixes = []string{"weir.source.", "weir.destination.", "service.", "k8s.", "container.", "telemetry.sdk."}
var identityKeys = []string{"host.name", "host.id"}

// IsIdentity reports whether an attribute of this key is identity.
func IsIdentity(key string) bool {
	for _, p := range identityPrefixes {
		if strings.HasPrefix(key, p) {
			return true
		}
	}
	for _, k := range identityKeys {
		if k == key {
			return true
		}
	}
	return false
}

// filter takes out the findings that are identity: addresses the directory
// knows, and addresses and names in attributes that name who sends.
func (i *Inspector) filter(r *detect.Result, at *walk.Place, s []byte) {
	if len(r.Findings) == 0 {
		return
	}
	identity := at.Part == walk.Attributes && len(at.Steps()) > 0 && IsIdentity(at.Steps()[0].Key)
	kept := r.Findings[:0]
	for _, f := range r.Findings {
		switch f.Type {
		case datatype.IPAddress:
			if identity || i.isKnown(s[f.Start:f.End]) {
				continue
			}
		case datatype.PersonName:
			if identity {
				continue
			}
		}
		kept = append(kept, f)
	}
	r.Findings = kept
}

// isKnown reports whether b is an address, also one with a port, in brackets or
// percent-encoded, that the directory knows.
func (i *Inspector) isKnown(b []byte) bool {
	if i.known == nil {
		return false
	}
	if hasEscape(b) {
		i.unescape(b)
		b = i.decoded
	}
	s := strings.Trim(text(b), "[]")
	if a, err := netip.ParseAddr(s); err == nil {
		return i.known.Known(a.Unmap())
	}
	if ap, err := netip.ParseAddrPort(text(b)); err == nil {
		return i.known.Known(ap.Addr().Unmap())
	}
	return false
}
