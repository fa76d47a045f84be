package configerr

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// optional is the package whose generic type stands around a part that may be
// left out.
const optional = "go.opentelemetry.io/collector/config/configoptional"

// accepted returns the keys that a configuration takes at a path, sorted, and
// nil when that can't be told from its type.
func accepted(config any, path []string) []string {
	v := reflect.ValueOf(config)
	for _, p := range path {
		v = step(unwrap(v), p)
	}
	var keys []string
	if isOptional(v) {
		keys = append(keys, "enabled")
	}
	if v = unwrap(v); !v.IsValid() || v.Kind() != reflect.Struct {
		return nil
	}
	fields(v, func(name string, _ reflect.Value) bool {
		keys = append(keys, name)
		return true
	})
	slices.Sort(keys)
	return slices.Compact(keys)
}

// step goes down one key; the result is invalid when the type has no such key.
func step(v reflect.Value, key string) (out reflect.Value) {
	if !v.IsValid() {
		return v
	}
	switch v.Kind() {
	case reflect.Struct:
		fields(v, func(name string, f reflect.Value) bool {
			if name == key {
				out = f
			}
			return name != key
		})
	case reflect.Map:
		out = reflect.New(v.Type().Elem()).Elem()
		iter := v.MapRange()
		for iter.Next() {
			if keyText(iter.Key()) == key {
				out = iter.Value()
			}
		}
	case reflect.Slice, reflect.Array:
		out = reflect.New(v.Type().Elem()).Elem()
		if i, err := strconv.Atoi(key); err == nil && i >= 0 && i < v.Len() {
			out = v.Index(i)
		}
	}
	return out
}

func keyText(v reflect.Value) string {
	if v.CanInterface() {
		if s, ok := v.Interface().(interface{ String() string }); ok {
			return s.String()
		}
	}
	return v.String()
}

// fields calls f with each key of a struct until it returns false. Embedded
// parts marked squash count as the struct's own.
func fields(v reflect.Value, f func(name string, field reflect.Value) bool) bool {
	for i := range v.NumField() {
		t := v.Type().Field(i)
		name, options, _ := strings.Cut(t.Tag.Get("mapstructure"), ",")
		switch {
		case !t.IsExported() || name == "-" || strings.Contains(options, "remain"):
		case strings.Contains(options, "squash"):
			if in := unwrap(v.Field(i)); in.IsValid() && in.Kind() == reflect.Struct && !fields(in, f) {
				return false
			}
		default:
			if name == "" {
				name = t.Name
			}
			if !f(name, v.Field(i)) {
				return false
			}
		}
	}
	return true
}

// isOptional reports whether v is a part that "enabled" switches.
func isOptional(v reflect.Value) bool {
	for v.IsValid() && v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	return v.IsValid() && v.Kind() == reflect.Struct && v.Type().PkgPath() == optional
}

// unwrap goes through pointers, interfaces and optional parts; where nothing is
// set it goes on with the empty value of the type.
func unwrap(v reflect.Value) reflect.Value {
	for range 20 {
		switch {
		case !v.IsValid():
			return v
		case v.Kind() == reflect.Interface:
			v = v.Elem()
		case v.Kind() == reflect.Pointer && v.IsNil():
			v = reflect.New(v.Type().Elem()).Elem()
		case v.Kind() == reflect.Pointer:
			v = v.Elem()
		case v.Kind() == reflect.Struct && v.Type().PkgPath() == optional:
			v = v.FieldByName("value")
		default:
			return v
		}
	}
	return v
}
