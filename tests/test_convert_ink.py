"""Online handwriting: XML of strokes and points, and InkML."""

import gzip
import time

import pytest
from conversions import moved, only

from ia_pix2seq_tf.data.convert import convert
from ia_pix2seq_tf.data.convert.readers.inkml import parse
from ia_pix2seq_tf.data.files import DataError
from ia_pix2seq_tf.untrusted import InputError

WHITEBOARD = """<?xml version="1.0" encoding="ISO-8859-1"?>
<WhiteboardCaptureSession><WhiteboardDescription><SensorLocation corner="top_left"/></WhiteboardDescription>
<StrokeSet>
  <Stroke colour="black" start_time="1.1" end_time="1.3"><Point x="10" y="50" time="1.1"/>
    <Point x="30" y="20" time="1.2"/><Point x="50" y="50" time="1.3"/></Stroke>
  <Stroke/><Stroke><Point y="40" x="20" time="2"/><Point x="40" y="40" time="2.1"/></Stroke>
</StrokeSet></WhiteboardCaptureSession>"""
LETTER = [[[0, 191], [128, 0], [255, 191]], [[64, 128], [191, 128]]]


@pytest.mark.parametrize("root", ["WhiteboardCaptureSession", "Session", "ns:Session"])
def test_xml_of_strokes_and_points_is_read(tmp_path, root):
    text = WHITEBOARD.replace("WhiteboardCaptureSession", root)
    assert only(tmp_path, "a.xml", text) == moved(LETTER)
    assert only(tmp_path, "a.xml.gz", gzip.compress(text.encode("latin-1"))) == moved(LETTER)


def inkml(traces, before=""):
    return f'<?xml version="1.0"?><ink xmlns="http://www.w3.org/2003/InkML">{before}{traces}</ink>'


def channels(*names):
    inner = "".join(f'<channel name="{name}" type="decimal"/>' for name in names)
    return f"<traceFormat>{inner}</traceFormat>"


PLAIN = "<trace>10 50, 30 20, 50 50</trace><trace>20 40,40 40</trace>"
INKML = {
    "plain": inkml(PLAIN),
    "groups": inkml(f"<traceGroup><annotation>A</annotation><traceGroup>{PLAIN}</traceGroup></traceGroup>"),
    "other channels": inkml(
        "<trace>0 50 7 10, 1 20 7 30, 2 50 7 50</trace><trace>3 40 8 20, 4 40 8 40</trace>",
        channels("T", "Y", "F", "X"),
    ),
    "differences": inkml("<trace>10 50,'20'-30,20 30</trace><trace>20 40,'20'0</trace>"),
    "second differences": inkml("<trace>10 50,'20'-30,\"0\"60</trace><trace>20 40,!40 40</trace>"),
    "no space": inkml("<trace>10 50,'20'-30,20'30</trace><trace>20 40,'20*</trace>"),
    "unchanged and unknown": inkml("<trace>10 50,30 20,? 7,50 50</trace><trace>20 40,40*</trace>"),
    "hexadecimal": inkml("<trace>#A #32,#1E #14,#32 #32</trace><trace>20 40,40 40</trace>"),
    "fractions": inkml("<trace>1.0 5., 3 2.0e0 ,5 5</trace><trace>\n2 4,\n4 4\n</trace>"),
    "continued": inkml(
        '<trace xml:id="a" continuation="begin">10 50</trace><trace>20 40,40 40</trace>'
        '<trace continuation="end" priorRef="#a">30 20,50 50</trace>'
    ),
    "pen up": inkml(f'<trace type="penUp">0 0, 900 900</trace>{PLAIN}'),
    "turned": inkml(
        "<trace>10 -50, 30 -20, 50 -50</trace><trace>20 -40,40 -40</trace>",
        '<traceFormat><channel name="X"/><channel name="Y" orientation="-ve"/></traceFormat>',
    ),
    "contexts": inkml(
        '<trace contextRef="#two">50 10,20 30,50 50</trace><traceGroup contextRef="#one"><trace>20 40,40 40</trace>'
        "</traceGroup>",
        "<definitions><inkSource xml:id='pen'>" + channels("Y", "X") + "</inkSource><context xml:id='two' "
        "inkSourceRef='#pen'/><context xml:id='one'>" + channels("X", "Y") + "</context></definitions>",
    ),
    "definitions": inkml(PLAIN, '<definitions><trace xml:id="x">0 0,900 900</trace></definitions>'),
    "only definitions": inkml("", f"<definitions>{PLAIN}</definitions>"),
    "prefixes": inkml(PLAIN).replace("<trace", "<i:trace").replace("</trace", "</i:trace").replace("xmlns", "xmlns:i"),
}  # fmt: skip


@pytest.mark.parametrize("name", INKML)
def test_inkml_is_read(tmp_path, name):
    assert only(tmp_path, "a.inkml", INKML[name]) == moved(LETTER)
    assert only(tmp_path, "a.xml", INKML[name]) == moved(LETTER)


def test_differences_are_those_of_the_recommendation():
    """Its own example, with two switches beside X and Y."""
    text = "1125 18432,'23'43,\"7\"-8,3-5,7 -3,6 2,6 8,3 6 T,2 4*T,3 6,3-6 F F"
    drawing = parse(inkml(f"<trace>{text}</trace>").encode())
    assert drawing.points[:, 0].tolist() == [1125, 1148, 1178, 1211, 1251, 1297, 1349, 1404, 1461, 1521, 1584]
    assert drawing.points[:, 1].tolist() == [
        18432, 18475, 18510, 18540, 18567, 18596, 18633, 18676, 18723, 18776, 18823
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.inkml", WHITEBOARD, "expected the root element ink, found 'whiteboardcapturesession'"),
        ("a.inkml", inkml("<trace>1 2, 3</trace>"), "trace 0: expected points of 2 values or more, found '3'"),
        ("a.inkml", inkml("<trace>1 2, a b</trace>"), "trace 0: expected values of a point, found 'a b'"),
        ("a.inkml", inkml(PLAIN, channels("T", "X")), "expected channels X and Y, found 'T, X'"),
        ("a.inkml", inkml(""), "expected a drawing, found no visible line"),
        ("a.inkml", inkml(f"<trace>{'1 1,' * 30_001}</trace>"), "at most 30,000 points"),
        ("a.inkml", inkml("<trace>1e99 1, 2 2</trace>"), "line 0: expected finite numbers"),
        ("a.inkml", "<ink>", "expected well-formed XML"),
        ("a.inkml", "<a>" * 300, "expected the root element ink"),
        ("a.inkml", inkml("<a>" * 300), "expected at most 200,000 elements, 200 deep"),
        ("a.xml", "<notes><note/></notes>", "expected a drawing, found no visible line"),
        ("a.xml", WHITEBOARD.replace('x="30"', 'x="far"'), "Stroke 0, Point 1: expected a number as 'x', found 'far'"),
        ("a.xml", WHITEBOARD.replace('x="30"', ""), "Stroke 0, Point 1: expected a number as 'x', found ''"),
        ("a.xml", WHITEBOARD.replace('x="30"', 'x="nan"'), "line 0: expected finite numbers"),
        (
            "a.xml",
            f'<!DOCTYPE a [<!ATTLIST Stroke b CDATA "{1_001 * "c"}">]><a><Stroke/></a>',
            "attributes of at most 1,000 ch",
        ),
        ("a.inkml", f'<!DOCTYPE ink [<!ATTLIST ink b CDATA "{1_001 * "c"}">]><ink/>', "attributes of at most 1,000 ch"),
        ("a.xml", '<!DOCTYPE a [<!ENTITY b "c">]><a><Stroke><Point x="&b;"/></Stroke></a>', "declares no entities"),
    ],
)
def test_handwriting_that_cannot_be_read_is_refused(tmp_path, name, text, message):
    (tmp_path / name).write_text(text)
    with pytest.raises(DataError, match=message):
        convert([tmp_path / name], tmp_path / "out")


def test_a_document_type_without_entities_is_passed_over_and_not_fetched(tmp_path):
    text = WHITEBOARD.replace(
        "<Whiteboard", '<!DOCTYPE WhiteboardCaptureSession SYSTEM "whiteboard.dtd"><Whiteboard', 1
    )
    assert only(tmp_path, "a.xml", text) == moved(LETTER)


def test_spaces_cost_little_time():
    started = time.process_time()
    with pytest.raises(InputError, match="trace 0: expected values of a point"):
        parse(inkml(f"<trace>1 2,{2_500 * ' '}x</trace>").encode())
    assert time.process_time() - started < 2
