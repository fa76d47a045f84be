package fact

import (
	"strings"
	"sync"

	"github.com/weir-telemetry/weir/internal/detect"
)

// AdmissionVersion is that of the grammars below. It changes when a name that
// was admitted would no longer be, or the other way round.
const AdmissionVersion = 1

// Other is the name of the entity that stands for all beyond a bound.
const Other = "other"

// rule is what a name of one kind must keep to.
type rule struct {
	longest int     // bytes
	digits  int     // in all
	run     int     // digits in a row
	random  float64 // bits that look random, see randomBits
	// normalize returns the form that may be admitted and whether the grammar
	// is kept. Applied to its own result it changes nothing.
	normalize func(string) (string, bool)
}

// Pods carry two random suffixes, of ten and five characters: 78 bits. What has
// more room than that could carry a key, a hash or an identifier of a person.
var rules = map[NameKind]rule{
	kindWorkload:   {253, 14, 10, 80, subdomain},
	kindNamespace:  {63, 12, 8, 64, label},
	kindService:    {128, 10, 8, 52, serviceName},
	kindNode:       {253, 16, 8, 80, subdomain},
	kindCluster:    {100, 12, 8, 52, clusterName},
	kindZone:       {63, 8, 4, 24, clusterName},
	kindImage:      {255, 24, 14, 80, imageReference},
	kindVersion:    {64, 24, 14, 64, version},
	kindDNS:        {253, 8, 6, 24, registrableDomain},
	kindRoute:      {512, 24, 2, 40, routeTemplate},
	kindDatabase:   {32, 4, 4, 16, databaseSystem},
	kindSchemaPath: {512, 16, 2, 40, schemaPath},
	kindPseudonym:  {16, 16, 16, 96, pseudonym},
	kindCode:       {64, 6, 4, 24, symptomCode},
}

// engine finds every data type, from the usual confidence on.
var engine = sync.OnceValue(func() *detect.Engine {
	e, err := detect.New(detect.Options{})
	if err != nil {
		panic(err) // the zero options are always possible
	}
	return e
})

var results = sync.Pool{New: func() any { return new(detect.Result) }}

// Admit says whether a name may leave as it is: it fits the grammar of its
// kind, is short enough, has little that looks random, and the detection
// engine finds nothing in it. It returns the form that may leave: an image has
// lost its digest, a host name is cut to the domain that can be registered. A
// name that is not ok leaves as a pseudonym only. It is safe for concurrent use.
func Admit(kind NameKind, value string) (string, bool) {
	r, known := rules[kind]
	if !known || value == "" || len(value) > maxText {
		return "", false
	}
	name, ok := r.normalize(value)
	if !ok || name == "" || len(name) > r.longest {
		return "", false
	}
	if kind != kindPseudonym && !r.harmless(name) {
		return "", false
	}
	return name, true
}

func (r *rule) harmless(name string) bool {
	return !isPseudonym(name) && fewDigits(name, r.digits, r.run) && randomBits(name) <= r.random && !finds(name)
}

// wasAdmitted says whether Admit of another process can have returned the name.
// The list of public suffixes may be older or newer there.
func wasAdmitted(kind NameKind, name string) bool {
	if kind == kindDNS {
		r := rules[kind]
		return name == Other || len(name) <= r.longest && isDomain(name) && r.harmless(name)
	}
	admitted, ok := Admit(kind, name)
	return ok && admitted == name
}

// finds asks the detection engine, also with the separators at words opened:
// it must see the number in visa_4111111111111111_prod.
func finds(name string) bool {
	r := results.Get().(*detect.Result)
	defer results.Put(r)
	r.Reset()
	engine().Text(r, []byte(name), detect.Input{})
	engine().Text(r, []byte(opened(name)), detect.Input{})
	return len(r.Findings) > 0
}

func opened(name string) string {
	b := []byte(name)
	for i, c := range b {
		if c != '-' && c != '_' && c != '/' && c != '.' {
			continue
		}
		if i > 0 && isLetter(name[i-1]) || i+1 < len(name) && isLetter(name[i+1]) {
			b[i] = ' '
		}
	}
	return string(b)
}

func fewDigits(name string, most, longest int) bool {
	total, run := 0, 0
	for i := range len(name) {
		if !isDigit(name[i]) {
			run = 0
			continue
		}
		total++
		if run++; run > longest {
			return false
		}
	}
	return total <= most
}

func isPseudonym(s string) bool {
	return len(s) == 16 && strings.Trim(s, "0123456789abcdef") == ""
}

func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isLower(c byte) bool  { return 'a' <= c && c <= 'z' }
func isUpper(c byte) bool  { return 'A' <= c && c <= 'Z' }
func isLetter(c byte) bool { return isLower(c | 0x20) }
