package fact

import (
	"strings"

	"golang.org/x/net/publicsuffix"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
)

// Short names of the kinds.
const (
	kindWorkload   = uplinkv1.NameKind_NAME_KIND_WORKLOAD
	kindNamespace  = uplinkv1.NameKind_NAME_KIND_NAMESPACE
	kindService    = uplinkv1.NameKind_NAME_KIND_SERVICE
	kindNode       = uplinkv1.NameKind_NAME_KIND_NODE
	kindCluster    = uplinkv1.NameKind_NAME_KIND_CLUSTER
	kindZone       = uplinkv1.NameKind_NAME_KIND_ZONE
	kindImage      = uplinkv1.NameKind_NAME_KIND_IMAGE
	kindVersion    = uplinkv1.NameKind_NAME_KIND_VERSION
	kindDNS        = uplinkv1.NameKind_NAME_KIND_DNS_SUFFIX
	kindRoute      = uplinkv1.NameKind_NAME_KIND_ROUTE
	kindDatabase   = uplinkv1.NameKind_NAME_KIND_DATABASE_SYSTEM
	kindSchemaPath = uplinkv1.NameKind_NAME_KIND_SCHEMA_PATH
	kindPseudonym  = uplinkv1.NameKind_NAME_KIND_PSEUDONYM
	kindCode       = uplinkv1.NameKind_NAME_KIND_SYMPTOM_CODE
)

// spelled reports whether s is made of letters, digits and the characters of
// inner, and begins and ends with a letter or digit.
func spelled(s, inner string, upper bool) bool {
	if s == "" || strings.IndexByte(inner, s[0]) >= 0 || strings.IndexByte(inner, s[len(s)-1]) >= 0 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if !isDigit(c) && !isLower(c) && (!upper || !isUpper(c)) && strings.IndexByte(inner, c) < 0 {
			return false
		}
	}
	return true
}

// label is RFC 1123's: lower-case letters, digits, '-', up to 63 bytes.
func label(s string) (string, bool) {
	return s, len(s) <= 63 && spelled(s, "-", false)
}

// subdomain is labels with dots between, as names of Kubernetes objects are.
func subdomain(s string) (string, bool) {
	for l := range strings.SplitSeq(s, ".") {
		if _, ok := label(l); !ok {
			return "", false
		}
	}
	return s, true
}

// serviceName also knows the name that OpenTelemetry's SDKs fall back to.
func serviceName(s string) (string, bool) {
	return s, spelled(strings.TrimPrefix(s, "unknown_service:"), "-_./", true)
}

func clusterName(s string) (string, bool) { return s, spelled(s, "-_.", true) }

func version(s string) (string, bool) { return s, spelled(s, "-_.+", true) }

func databaseSystem(s string) (string, bool) {
	return s, spelled(s, "-_.", false) && isLower(s[0])
}

func symptomCode(s string) (string, bool) { return s, spelled(s, "_.", false) && isLower(s[0]) }

func pseudonym(s string) (string, bool) { return s, isPseudonym(s) }

// imageReference drops the digest, and a tag that is random (builds are often
// tagged with the hash of a commit). What has a scheme, user information or a
// query is no reference.
func imageReference(s string) (string, bool) {
	s, digest, hasDigest := strings.Cut(s, "@")
	if hasDigest && !strings.HasPrefix(digest, "sha256:") && !strings.HasPrefix(digest, "sha512:") {
		return "", false
	}
	tag := ""
	if i := strings.LastIndexByte(s, ':'); i > strings.LastIndexByte(s, '/') {
		if s, tag = s[:i], s[i+1:]; tag == "" {
			return "", false
		}
	}
	host, path, hasPath := strings.Cut(s, "/")
	if name, port, hasPort := strings.Cut(host, ":"); hasPort {
		if !hasPath || len(port) == 0 || len(port) > 5 || strings.Trim(port, "0123456789") != "" {
			return "", false
		}
		host = name
	}
	if !spelled(host, "-_.", false) || hasPath && !spelled(path, "-_./", false) {
		return "", false
	}
	if tag == "" {
		return s, true
	}
	if !spelled(tag, "-_.", true) || len(tag) > 128 {
		return "", false
	}
	if randomBits(tag) > 52 {
		return s, true
	}
	return s + ":" + tag, true
}

// registrableDomain cuts a host name to its public suffix and one label more:
// the labels before that are where people put names of customers.
func registrableDomain(s string) (string, bool) {
	if s == Other {
		return s, true
	}
	s = strings.ToLower(strings.TrimSuffix(s, "."))
	if !isDomain(s) {
		return "", false
	}
	domain, err := publicsuffix.EffectiveTLDPlusOne(s)
	return domain, err == nil
}

// isDomain reports a host name of at least two labels that is no address.
func isDomain(s string) bool {
	if _, ok := subdomain(s); !ok {
		return false
	}
	dot := strings.LastIndexByte(s, '.')
	return dot > 0 && !isDigit(s[dot+1])
}
