package zoocfg

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// An entry is one line of a configuration, or one property that was given to the virtual machine.
type entry struct {
	key, value string
	where      string // zoo.cfg:12, or -D
}

// parseProperties reads the format of java.util.Properties, which ZooKeeper reads: keys end at the first =, : or blank,
// a backslash at the end of a line joins the next to it, # and ! begin remarks. The order is that of the file. It knows
// the lines, which no library at hand does.
func parseProperties(name, text string) (entries []entry, err error) {
	lines := strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), "\n")
	for i := 0; i < len(lines); i++ {
		where := fmt.Sprintf("%s:%d", name, i+1)
		line := strings.TrimLeft(lines[i], blanks)
		if line == "" || line[0] == '#' || line[0] == '!' {
			continue
		}
		for continued(line) && i+1 < len(lines) {
			i++
			line = line[:len(line)-1] + strings.TrimLeft(lines[i], blanks)
		}
		e := entry{where: where}
		if e.key, e.value, err = cutProperty(line); err != nil {
			return nil, fmt.Errorf("%s: %w", where, err)
		}
		entries = append(entries, e)
	}
	return entries, nil
}

const blanks = " \t\f"

// continued reports whether the line ends in a backslash that is not itself escaped.
func continued(line string) bool {
	return (len(line)-len(strings.TrimRight(line, `\`)))%2 == 1
}

// cutProperty cuts a line into key and value. Blanks at the end of a value are dropped, as ZooKeeper does.
func cutProperty(line string) (key, value string, err error) {
	end := 0
	for end < len(line) && !strings.ContainsRune("=:"+blanks, rune(line[end])) {
		if line[end] == '\\' {
			end++
		}
		end++
	}
	end = min(end, len(line))
	rest := strings.TrimLeft(line[end:], blanks)
	if rest != "" && (rest[0] == '=' || rest[0] == ':') {
		rest = strings.TrimLeft(rest[1:], blanks)
	}
	if key, err = unescape(line[:end]); err == nil {
		value, err = unescape(rest)
	}
	return key, strings.TrimRight(value, blanks), err
}

// unescape undoes backslashes: \t, \n, \f, \r, \uXXXX; before anything else they only go away.
func unescape(s string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch s[i] {
		case 't', 'n', 'f', 'r':
			b.WriteByte("\t\n\f\r"[strings.IndexByte("tnfr", s[i])])
		case 'u':
			r, width, err := unicodeEscape(s[i+1:])
			if err != nil {
				return "", err
			}
			b.WriteRune(r)
			i += width
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String(), nil
}

// unicodeEscape reads what stands behind \u; of a pair of halves both are read.
func unicodeEscape(s string) (r rune, width int, err error) {
	first, err := hexUnit(s)
	if err != nil || !utf16.IsSurrogate(first) {
		return first, 4, err
	}
	if strings.HasPrefix(s[4:], `\u`) {
		if second, err := hexUnit(s[6:]); err == nil {
			return utf16.DecodeRune(first, second), 10, nil
		}
	}
	return utf8.RuneError, 4, nil
}

func hexUnit(s string) (rune, error) {
	if len(s) >= 4 {
		if n, err := strconv.ParseUint(s[:4], 16, 16); err == nil {
			return rune(n), nil
		}
	}
	return 0, fmt.Errorf(`malformed \u in %.20q`, s)
}
