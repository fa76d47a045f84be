package walk

import (
	"strconv"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/xpdata"
)

// dropped stands for the key of an entry that goes. No key is this string.
const dropped = "\x00weir dropped\x00"

// rename gives the entries of m the keys of keys, in order. Of equal keys the
// second gets "_2", the third "_3". It takes time linear in the entries: the
// set of keys is hashed here, and the builder doesn't search for them again.
func rename(m pcommon.Map, keys []string) {
	used := make(map[string]int, len(keys))
	for _, k := range keys {
		if k != dropped {
			used[k] = 0
		}
	}
	var out xpdata.MapBuilder
	out.EnsureCapacity(len(keys))
	i := 0
	for _, v := range m.All() {
		k := keys[i]
		i++
		if k == dropped {
			continue
		}
		n := k
		if used[k]++; used[k] > 1 {
			n = unused(used, k)
		}
		v.MoveTo(out.AppendEmpty(n))
	}
	out.UnsafeIntoMap(m)
}

// unused returns k with the first free number. Numbers that were taken are not
// tried again for the same key.
func unused(used map[string]int, k string) string {
	for {
		n := k + "_" + strconv.Itoa(used[k])
		if _, taken := used[n]; !taken {
			used[n] = 1
			return n
		}
		used[k]++
	}
}
