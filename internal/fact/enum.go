package fact

import (
	"strings"
	"sync"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// Enum is one of the enumerations of the wire.
type Enum interface {
	~int32
	protoreflect.Enum
}

// enumNames are the readable names of one enumeration.
type enumNames struct {
	text   map[protoreflect.EnumNumber]string
	number map[string]protoreflect.EnumNumber // by upper-case text
}

var enumTables sync.Map // protoreflect.FullName to *enumNames

func namesOf(d protoreflect.EnumDescriptor) *enumNames {
	if t, ok := enumTables.Load(d.FullName()); ok {
		return t.(*enumNames)
	}
	t := &enumNames{map[protoreflect.EnumNumber]string{}, map[string]protoreflect.EnumNumber{}}
	values := d.Values()
	prefix := strings.TrimSuffix(string(values.ByNumber(0).Name()), "UNSPECIFIED")
	upper := d.Name() == "DataType" || d.Name() == "Method"
	for i := range values.Len() {
		v := values.Get(i)
		if v.Number() == 0 {
			continue
		}
		text := strings.TrimPrefix(string(v.Name()), prefix)
		t.number[text] = v.Number()
		if !upper {
			text = strings.ToLower(text)
		}
		t.text[v.Number()] = text
	}
	actual, _ := enumTables.LoadOrStore(d.FullName(), t)
	return actual.(*enumNames)
}

// Text returns the name by which people, log events and the JSON API know a
// value: lower snake case ("stateful_set"), upper case for data types and
// methods ("PAYMENT_CARD", "GET"). It is empty for unspecified and unknown ones.
func Text[E Enum](e E) string {
	return namesOf(e.Descriptor()).text[protoreflect.EnumNumber(e)]
}

// ParseEnum is the reverse of Text; upper and lower case are the same. The
// empty text is the unspecified value and not ok.
func ParseEnum[E Enum](text string) (E, bool) {
	var zero E
	n, ok := namesOf(zero.Descriptor()).number[strings.ToUpper(text)]
	return E(n), ok
}
