package fact

import (
	"math"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// checkShape refuses what the contract can't say, in the whole of a message:
// fields that are not in it, members that an enumeration does not have,
// numbers that are none.
func checkShape(m protoreflect.Message) error {
	where := string(m.Descriptor().Name())
	if !m.IsValid() {
		return refuse(ReasonMissing, where)
	}
	if len(m.GetUnknown()) > 0 {
		return refuse(ReasonUnknownField, where)
	}
	var err error
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		err = checkField(f, v)
		return err == nil
	})
	return err
}

func checkField(f protoreflect.FieldDescriptor, v protoreflect.Value) error {
	switch {
	case f.IsList() && f.Kind() == protoreflect.MessageKind:
		for i := range v.List().Len() {
			if err := checkShape(v.List().Get(i).Message()); err != nil {
				return err
			}
		}
	case f.IsList(): // lists of numbers
	case f.Kind() == protoreflect.MessageKind:
		return checkShape(v.Message())
	case f.Kind() == protoreflect.EnumKind:
		if f.Enum().Values().ByNumber(v.Enum()) == nil {
			return refuse(ReasonEnum, string(f.Name()))
		}
	case f.Kind() == protoreflect.FloatKind:
		if n := v.Float(); math.IsNaN(n) || math.IsInf(n, 0) {
			return refuse(ReasonValue, string(f.Name()))
		}
	}
	return nil
}
