package detect

import "github.com/weir-telemetry/weir/internal/datatype"

// quad parses a dotted quad and returns its end, or i.
func quad(b []byte, i int) (ip [4]byte, end int) {
	j := i
	for g := range ip {
		if g > 0 {
			if at(b, j) != '.' {
				return ip, i
			}
			j++
		}
		v, from := 0, j
		for j < len(b) && isDigit(b[j]) && j < from+4 {
			v = v*10 + int(b[j]-'0')
			j++
		}
		if j == from || v > 255 || j > from+1 && b[from] == '0' {
			return ip, i
		}
		ip[g] = byte(v)
	}
	if !tail(b, j) && !(at(b, j) == '-' && rangeAhead(b, j+1)) {
		return ip, i
	}
	return ip, j
}

// rangeAhead reports whether another dotted quad begins at i.
func rangeAhead(b []byte, i int) bool {
	dots, j := 0, i
	for j < len(b) && j < i+15 && (isDigit(b[j]) || b[j] == '.') {
		if b[j] == '.' {
			dots++
		}
		j++
	}
	return dots == 3 && !isWord(at(b, j)) && at(b, j) != '-'
}

func (s *scanner) ipv4(b []byte, i int) int {
	prev := at(b, i-1)
	if prev == '.' || prev == '-' && isAlnum(at(b, i-2)) && !s.inRange(b, i) {
		return i
	}
	ip, end := quad(b, i)
	if end == i || !personalIPv4(ip) {
		return i
	}
	switch {
	case at(b, end) == '/' && isNetwork(ip, b, end+1),
		s.context(i) == kVersion,
		s.before(b, i, kVersion) && versionBefore(b, i),
		prev == '/' && !private(ip) && productBefore(b, i-1),
		prev == '=' && at(b, i-2) == '=' && !addressBefore(b, i-2):
		return i
	}
	if !s.emit(datatype.IPAddress, i, end, 75) {
		return i
	}
	return end
}

// personalIPv4 is false for what can't be the address of one device: "this
// network", multicast, reserved, x.y.0.0, and the root of object identifiers.
func personalIPv4(ip [4]byte) bool {
	return ip[0] != 0 && ip[0] < 224 && (ip[2] != 0 || ip[3] != 0) && ip != [4]byte{1, 3, 6, 1}
}

func private(ip [4]byte) bool {
	return ip[0] == 10 || ip[0] == 192 && ip[1] == 168 || ip[0] == 172 && ip[1]&0xf0 == 16
}

// isNetwork reports whether the prefix length at i makes ip the address of a
// network, all of its host bits being zero.
func isNetwork(ip [4]byte, b []byte, i int) bool {
	n, j := 0, i
	for j < i+2 && isDigit(at(b, j)) {
		n, j = n*10+int(b[j]-'0'), j+1
	}
	if j == i || n > 30 || isWord(at(b, j)) {
		return false
	}
	v := uint32(ip[0])<<24 | uint32(ip[1])<<16 | uint32(ip[2])<<8 | uint32(ip[3])
	return v<<n == 0
}

// addressBefore reports whether the name that ends at i says address; else
// "name==1.2.3.4" is a package and its version.
func addressBefore(b []byte, i int) bool {
	for i > 0 && b[i-1] == ' ' {
		i--
	}
	j := i
	for j > 0 && i-j < 16 && (isWord(b[j-1]) || b[j-1] == '.') {
		j--
	}
	for _, w := range [...]string{"ip", "addr", "address", "host", "src", "dst", "peer", "client"} {
		if i-j >= len(w) && foldPrefix(b[i-len(w):i], w) {
			return true
		}
	}
	return false
}

// versionBefore reports whether the word right before i says version.
func versionBefore(b []byte, i int) bool {
	end := i
	for end > 0 && i-end < 4 && !isAlnum(b[end-1]) {
		end--
	}
	start := end
	for start > 0 && end-start < 16 && isAlnum(b[start-1]) {
		start--
	}
	return classify(b[start:end]) == kVersion
}

// productBefore reports whether "Product/" of a user agent ends at i.
func productBefore(b []byte, i int) bool {
	j := i
	for j > 0 && i-j < 24 && class[b[j-1]]&cLetter != 0 {
		j--
	}
	return j < i && class[b[j]]&cUpper != 0 && (j == 0 || !isWord(b[j-1]) && b[j-1] != '-')
}

// ipv6 parses the address that begins at i and returns its end, or i.
func (s *scanner) ipv6(b []byte, i int) int {
	if i < s.colonEnd || i > 0 && (isWord(b[i-1]) || b[i-1] == ':' || b[i-1] == '.') {
		return i
	}
	end := i
	for end < len(b) && (isHex(b[end]) || b[end] == ':' || b[end] == '.') {
		end++
	}
	s.r.work += end - i
	s.colonEnd = end
	for end > i && (b[end-1] == '.' || b[end-1] == ':' && at(b, end-2) != ':') {
		end--
	}
	if end-i < 3 || end-i > 45 || isWord(at(b, end)) || !validIPv6(b[i:end]) {
		return i
	}
	if at(b, end) == '/' && b[end-1] == ':' && isDigit(at(b, end+1)) { // a network
		return end
	}
	if at(b, end) == '%' && isAlnum(at(b, end+1)) {
		for end++; end < len(b) && (isWord(b[end]) || b[end] == '.' || b[end] == '-'); end++ {
		}
	}
	if !s.emit(datatype.IPAddress, i, end, 80) {
		return i
	}
	return end
}

// validIPv6 accepts addresses of the ranges that are given to devices, and
// loopback.
func validIPv6(b []byte) bool {
	groups, double, pairs, first := 0, false, 0, 0
	bits, last := 0, 0 // of all groups together, and the last group
	i := 0
	if hasPrefix(b, ":") && !hasPrefix(b, "::") {
		return false
	}
	for i < len(b) {
		if b[i] == ':' {
			if at(b, i+1) == ':' {
				if double {
					return false
				}
				double = true
				i += 2
			} else {
				i++
			}
			if at(b, i) == ':' {
				return false
			}
			continue
		}
		if ip, end := quad(b, i); end == len(b) && end > i && (groups > 0 || double) {
			return (double || groups == 6) && (groups == 0 || groups == 1 && first == 0xffff || deviceRange(first)) && personalIPv4(ip)
		}
		from, v := i, 0
		for i < len(b) && isHex(b[i]) {
			v = v<<4 | int(hexValue(b[i]))
			i++
		}
		if i == from || i-from > 4 {
			return false
		}
		if i-from == 2 {
			pairs++
		}
		bits, last = bits|v, v
		if groups++; groups == 1 {
			first = v
		}
	}
	loopback := bits == 1 && last == 1 && b[len(b)-1] == '1'
	if !loopback && (!deviceRange(first) || b[0] == ':') {
		return false
	}
	return double && groups < 8 || groups == 8 && pairs < 8
}

// deviceRange holds for the first group of global, local, link-local and
// translated addresses.
func deviceRange(v int) bool {
	return v >= 0x2000 && v < 0x4000 || v >= 0xfc00 && v < 0xfe00 || v >= 0xfe80 && v < 0xfec0 || v == 0x64
}
