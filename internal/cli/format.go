package cli

import (
	"bytes"
	"fmt"
	"strconv"

	"redoubt/internal/resp"
)

// formatReply renders a reply, complete with its end of line. verbatim is for commands whose reply is text
// for people (INFO, CLIENT LIST): it is printed as it is in any format.
func (o *options) formatReply(reply *resp.Reply, verbatim bool) []byte {
	switch {
	case verbatim:
		return o.appendRaw(nil, reply)
	case o.format == formatTTY:
		return appendTTY(nil, reply, "")
	case o.format == formatRaw:
		return append(o.appendRaw(nil, reply), o.replyDelim...)
	case o.format == formatCSV:
		return append(appendCSV(nil, reply), '\n')
	case o.format == formatJSON:
		return append(appendTree(nil, reply, appendJSON), '\n')
	default:
		return append(appendTree(nil, reply, appendQuotedJSON), '\n')
	}
}

// appendTTY renders a reply for people, one line for each leaf. prefix indents the lines after the first.
func appendTTY(dst []byte, reply *resp.Reply, prefix string) []byte {
	switch {
	case reply.Null:
		return append(dst, "(nil)\n"...)
	case isAggregate(reply):
		return appendElementsTTY(dst, reply, prefix)
	}
	switch reply.Type {
	case resp.TypeError:
		dst = append(append(dst, "(error) "...), reply.Str...)
	case resp.TypeInt:
		dst = append(append(dst, "(integer) "...), reply.Str...)
	case resp.TypeDouble:
		dst = append(append(dst, "(double) "...), reply.Str...)
	case resp.TypeBool:
		dst = fmt.Appendf(dst, "(%t)", reply.Bool)
	case resp.TypeBulk:
		dst = appendQuoted(dst, reply.Str)
	default:
		dst = append(dst, reply.Str...)
	}
	return append(dst, '\n')
}

func isAggregate(reply *resp.Reply) bool {
	switch reply.Type {
	case resp.TypeArray, resp.TypeMap, resp.TypeSet, resp.TypePush:
		return true
	}
	return false
}

func appendElementsTTY(dst []byte, reply *resp.Reply, prefix string) []byte {
	separator, empty, perItem := ")", "(empty array)\n", 1
	switch reply.Type {
	case resp.TypeMap:
		separator, empty, perItem = "#", "(empty hash)\n", 2
	case resp.TypeSet:
		separator, empty = "~", "(empty set)\n"
	case resp.TypePush:
		empty = "(empty push)\n"
	}
	if len(reply.Elems) == 0 {
		return append(dst, empty...)
	}
	width := len(strconv.Itoa(len(reply.Elems) / perItem))
	inner := prefix + fmt.Sprintf("%*s", width+2, "")
	for i := 0; i < len(reply.Elems); i += perItem {
		if i > 0 {
			dst = append(dst, prefix...)
		}
		dst = fmt.Appendf(dst, "%*d%s ", width, i/perItem+1, separator)
		dst = appendTTY(dst, &reply.Elems[i], inner)
		if perItem == 1 {
			continue
		}
		dst = append(bytes.TrimSuffix(dst, []byte("\n")), " => "...)
		value := &reply.Elems[i+1]
		if severalLines(value) {
			dst = append(append(dst, '\n'), inner...)
		}
		dst = appendTTY(dst, value, inner)
	}
	return dst
}

// severalLines tells whether appendTTY renders the reply on more than one line.
func severalLines(reply *resp.Reply) bool {
	if !isAggregate(reply) || len(reply.Elems) == 0 {
		return false
	}
	if reply.Type == resp.TypeMap {
		return len(reply.Elems) > 2 || severalLines(&reply.Elems[1])
	}
	return len(reply.Elems) > 1 || severalLines(&reply.Elems[0])
}

// appendRaw renders a reply without quotes and types, the elements of aggregates separated by -d.
func (o *options) appendRaw(dst []byte, reply *resp.Reply) []byte {
	switch {
	case reply.Null:
		return dst
	case reply.Type == resp.TypeError:
		return append(append(dst, reply.Str...), '\n')
	case reply.Type == resp.TypeBool:
		return fmt.Appendf(dst, "(%t)", reply.Bool)
	case !isAggregate(reply):
		return append(dst, reply.Str...)
	}
	for i := range reply.Elems {
		switch {
		case i == 0:
		case reply.Type == resp.TypeMap && i%2 == 1:
			dst = append(dst, ' ')
		default:
			dst = append(dst, o.elemDelim...)
		}
		dst = o.appendRaw(dst, &reply.Elems[i])
	}
	return dst
}

// appendCSV renders a reply as one line, nested aggregates flattened.
func appendCSV(dst []byte, reply *resp.Reply) []byte {
	switch {
	case reply.Null:
		return append(dst, "NULL"...)
	case isAggregate(reply):
		for i := range reply.Elems {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendCSV(dst, &reply.Elems[i])
		}
		return dst
	}
	switch reply.Type {
	case resp.TypeError:
		return appendQuoted(append(dst, "ERROR,"...), reply.Str)
	case resp.TypeInt, resp.TypeDouble, resp.TypeBigNumber:
		return append(dst, reply.Str...)
	case resp.TypeBool:
		return strconv.AppendBool(dst, reply.Bool)
	}
	return appendQuoted(dst, reply.Str)
}

// appendTree renders a reply as JSON; str renders its strings.
func appendTree(dst []byte, reply *resp.Reply, str func(dst, text []byte) []byte) []byte {
	switch {
	case reply.Null:
		return append(dst, "null"...)
	case reply.Type == resp.TypeMap:
		return appendObject(dst, reply, str)
	case isAggregate(reply):
		dst = append(dst, '[')
		for i := range reply.Elems {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendTree(dst, &reply.Elems[i], str)
		}
		return append(dst, ']')
	}
	switch reply.Type {
	case resp.TypeError:
		return str(append(dst, "error:"...), reply.Str)
	case resp.TypeInt, resp.TypeDouble, resp.TypeBigNumber:
		return append(dst, reply.Str...)
	case resp.TypeBool:
		return strconv.AppendBool(dst, reply.Bool)
	}
	return str(dst, reply.Str)
}

func appendObject(dst []byte, reply *resp.Reply, str func(dst, text []byte) []byte) []byte {
	dst = append(dst, '{')
	for i := 0; i < len(reply.Elems); i += 2 {
		if i > 0 {
			dst = append(dst, ',')
		}
		// JSON wants names to be strings; a reply may use anything.
		name := appendTree(nil, &reply.Elems[i], str)
		switch {
		case reply.Elems[i].IsError() || len(name) > 0 && name[0] == '"':
			dst = append(dst, name...)
		default:
			dst = append(append(append(dst, '"'), name...), '"')
		}
		dst = append(dst, ':')
		dst = appendTree(dst, &reply.Elems[i+1], str)
	}
	return append(dst, '}')
}
