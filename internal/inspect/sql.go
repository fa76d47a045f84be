package inspect

import (
	"bytes"

	"github.com/weir-telemetry/weir/internal/detect"
)

// maxColumns of an INSERT that give context to its values.
const maxColumns = 64

// statement scans an SQL statement. In an INSERT the columns name the values
// of each row, which stand apart from them.
func (i *Inspector) statement(r *detect.Result, s []byte, in detect.Input) {
	i.engine.Text(r, s, in)
	var columns [maxColumns][]byte
	n, at := insertColumns(s, columns[:])
	if n == 0 {
		return
	}
	column, depth := 0, 0
	i.extra = i.extra[:0]
	for at < len(s) {
		switch c := s[at]; {
		case c == '(':
			if depth++; depth == 1 {
				column = 0
			}
			at++
		case c == ')':
			depth--
			at++
		case c == ',':
			if depth == 1 {
				column++
			}
			at++
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			at++
		default:
			from, to, next := literal(s, at)
			if depth > 0 && column < n {
				i.under(columns[column], s, from, to)
			}
			at = next
		}
	}
	i.merge(r)
}

// under adds the findings of s[from:to] as the value of a column to i.extra.
func (i *Inspector) under(column, s []byte, from, to int) {
	i.second.Reset()
	i.engine.Value(&i.second, s[from:to], detect.Input{Key: text(column)})
	for _, f := range i.second.Findings {
		f.Start, f.End = f.Start+from, f.End+from
		i.extra = append(i.extra, pathless(f))
	}
}

// insertColumns fills columns with the names of the columns of an INSERT or
// REPLACE and returns their number and where the rows begin; 0 for any other
// statement, and for one without a list of columns.
func insertColumns(s []byte, columns [][]byte) (n, rows int) {
	head := bytes.TrimLeft(s, " \t\r\n")
	if len(head) < 7 || !bytes.EqualFold(head[:6], []byte("insert")) && !bytes.EqualFold(head[:7], []byte("replace")) {
		return 0, 0
	}
	open := bytes.IndexByte(s, '(')
	if open < 0 {
		return 0, 0
	}
	length := bytes.IndexByte(s[open:], ')')
	if length < 0 {
		return 0, 0
	}
	list := s[open+1 : open+length]
	rows = open + length + 1
	for rows < len(s) && (s[rows] == ' ' || s[rows] == '\t' || s[rows] == '\r' || s[rows] == '\n') {
		rows++
	}
	const values = "values"
	if len(s)-rows < len(values) || !bytes.EqualFold(s[rows:rows+len(values)], []byte(values)) {
		return 0, 0
	}
	for name := range bytes.SplitSeq(list, []byte{','}) {
		if n == len(columns) {
			break
		}
		columns[n] = bytes.Trim(name, " \t\r\n`\"[]")
		n++
	}
	return n, rows + len(values)
}

// literal returns the content of the literal that begins at at, and where what
// follows begins. A string may hold its quote doubled or after a backslash.
// Words that are no numbers (NULL, placeholders, functions) have no content.
func literal(s []byte, at int) (from, to, next int) {
	quote := s[at]
	if quote != '\'' && quote != '"' {
		for to = at; to < len(s) && bytes.IndexByte([]byte(",() \t\r\n'\""), s[to]) < 0; {
			to++
		}
		if quote != '-' && (quote < '0' || quote > '9') {
			return to, to, to
		}
		return at, to, to
	}
	for to = at + 1; to < len(s); to++ {
		switch {
		case s[to] == '\\':
			to++
		case s[to] == quote && to+1 < len(s) && s[to+1] == quote:
			to++
		case s[to] == quote:
			return at + 1, to, to + 1
		}
	}
	return at + 1, len(s), len(s)
}
