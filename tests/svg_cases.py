"""Structures of SVG, and the lines that a browser shows of them.

Every document has a page of 100 x 100 and pens of black without area (class `p`, which style sheets of cases may
change); the values were worked out by hand and compared with Chromium's pictures.
"""

# ruff: noqa: E501 -- a table

Line = list[tuple[float, float]]

HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="100" height="100" '
    'viewBox="0 0 100 100" fill="none" stroke="#000">'
)
FRAME = '<polyline points="0 0 100 0 100 100"/>'
"""Tells the scale of what is read."""

H: Line = [(10, 10), (40, 10)]
H_D = "M10 10H40"
RIGHT: Line = [(60, 10), (90, 10)]

CASES: dict[str, tuple[str, list[Line]]] = {
    # use
    "use of what comes before": (f'<path id="a" d="{H_D}"/><use href="#a" x="50"/>', [H, RIGHT]),
    "use of what comes after": (f'<use xlink:href="#a" x="50"/><path id="a" d="{H_D}"/>', [RIGHT, H]),
    "use of a definition": (f'<defs><path id="a" d="{H_D}"/></defs><use href="#a" y="5"/>', [[(10, 15), (40, 15)]]),
    "use with a transform, then a place": (
        f'<defs><path id="a" d="{H_D}"/></defs><use href="#a" transform="scale(2)" x="5" y="10"/>',
        [[(30, 40), (90, 40)]],
    ),
    "use of a group": (
        f'<defs><g id="a"><path d="{H_D}"/><path d="M10 20H40"/></g></defs><use href="#a" x="50"/>',
        [RIGHT, [(60, 20), (90, 20)]],
    ),
    "use of a use": (
        f'<defs><path id="a" d="{H_D}"/><use id="b" href="#a" x="20"/></defs><use href="#b" x="30"/>',
        [RIGHT],
    ),
    "use hands down its style": (
        f'<defs><path id="a" d="{H_D}" stroke="inherit"/></defs><use href="#a" stroke="none"/><use href="#a" x="50"/>',
        [RIGHT],
    ),
    "use of what has a style of its own": (
        f'<defs><path id="a" stroke="#000" d="{H_D}"/></defs><use href="#a" stroke="none"/>',
        [H],
    ),
    "use that is not displayed": (f'<defs><path id="a" d="{H_D}"/></defs><use href="#a" display="none"/>', []),
    "use of what is not displayed": (f'<path id="a" display="none" d="{H_D}"/><use href="#a"/>', []),
    "use of nothing": (f'<use href="#b"/><path d="{H_D}"/>', [H]),
    "use of itself": (f'<g id="a"><path d="{H_D}"/><use href="#a" x="50"/></g>', [H]),
    "uses of each other": (
        f'<g id="a"><path d="{H_D}"/><use href="#b"/></g><defs><g id="b"><use href="#a"/></g></defs>',
        [H],
    ),
    "use of another file": (f'<use href="other.svg#a"/><path d="{H_D}"/>', [H]),
    "use by the newer name of a link": (
        f'<defs><path id="a" d="{H_D}"/><path id="b" d="M0 5H9"/></defs><use href="#a" xlink:href="#b"/>',
        [H],
    ),
    "use with a place in percent": (f'<defs><path id="a" d="{H_D}"/></defs><use href="#a" x="50%" y="0%"/>', [RIGHT]),
    "use of what is hidden, made visible": (
        f'<defs><g id="a"><path d="{H_D}" visibility="visible"/><path d="M0 50H9"/></g></defs>'
        '<use href="#a" visibility="hidden"/>',
        [H],
    ),
    # symbol
    "symbol alone": (f'<symbol id="a"><path d="{H_D}"/></symbol>', []),
    "symbol in use": (f'<symbol id="a"><path d="{H_D}"/></symbol><use href="#a" x="50"/>', [RIGHT]),
    "symbol with a view box": (
        '<symbol id="a" viewBox="0 0 10 10"><path d="M1 1H4"/></symbol><use href="#a" width="50" height="50"/>',
        [[(5, 5), (20, 5)]],
    ),
    "symbol of the whole page": (
        '<symbol id="a" viewBox="0 0 10 10"><path d="M1 1H4"/></symbol><use href="#a"/>',
        [H],
    ),
    "symbol in the middle of a wide use": (
        '<symbol id="a" viewBox="0 0 10 10"><path d="M0 5H10"/></symbol><use href="#a" width="100" height="40"/>',
        [[(30, 20), (70, 20)]],
    ),
    "symbol that is stretched": (
        '<symbol id="a" viewBox="0 0 10 10" preserveAspectRatio="none"><path d="M1 5H9"/></symbol>'
        '<use href="#a" width="100" height="40"/>',
        [[(10, 20), (90, 20)]],
    ),
    "symbol that is cut at its sides": (
        '<symbol id="a" viewBox="0 0 10 10"><path d="M-5 5H15"/></symbol><use href="#a" x="20" width="50" height="50"/>',
        [[(20, 25), (70, 25)]],
    ),
    "symbol that is not cut": (
        '<symbol id="a" viewBox="0 0 10 10" overflow="visible"><path d="M-2 5H12"/></symbol>'
        '<use href="#a" x="20" width="50" height="50"/>',
        [[(10, 25), (80, 25)]],
    ),
    # switch
    "switch takes the first": (f'<switch><path d="{H_D}"/><path d="M0 50H9"/></switch>', [H]),
    "switch by language": (
        f'<switch><path systemLanguage="ja" d="M0 50H9"/><path systemLanguage="en" d="{H_D}"/><path d="M0 60H9"/></switch>',
        [H],
    ),
    "switch by one of several languages": (
        f'<switch><path systemLanguage="ja, en-US" d="{H_D}"/><path d="M0 60H9"/></switch>',
        [H],
    ),
    "switch by extension": (
        f'<switch><foreignObject requiredExtensions="http://e.example/" width="9" height="9"/><g><path d="{H_D}"/></g></switch>',
        [H],
    ),
    "switch by feature": (
        f'<switch><path requiredFeatures="http://www.w3.org/TR/SVG11/feature#Shape" d="{H_D}"/><path d="M0 60H9"/></switch>',
        [H],
    ),
    "language without a switch": (f'<path systemLanguage="ja" d="M0 50H9"/><path d="{H_D}"/>', [H]),
    "switch of nothing that holds": ('<switch><path systemLanguage="ja" d="M0 50H9"/></switch>', []),
    # style
    "style by class": (f'<style>.n{{stroke:none}}</style><path class="n" d="M0 5H9"/><path d="{H_D}"/>', [H]),
    "style by one of two classes": (f'<style>.n{{stroke:none}}</style><path class="a n" d="M0 5H9"/><path d="{H_D}"/>', [H]),
    "style by id": (f'<style>#n{{display:none}}</style><path id="n" d="M0 5H9"/><path d="{H_D}"/>', [H]),
    "style by element": (f'<style>line{{stroke:none}}</style><line x2="9" y2="9"/><path d="{H_D}"/>', [H]),
    "style by descent": (f'<style>g g path{{stroke:none}}</style><g><path d="{H_D}"/><g><path d="M0 5H9"/></g></g>', [H]),
    "style by child": (f'<style>g>path{{stroke:none}}</style><g><path d="M0 5H9"/></g><path d="{H_D}"/>', [H]),
    "style by attribute": (f'<style>[opacity="1"]{{stroke:none}}</style><path opacity="1" d="M0 5H9"/><path d="{H_D}"/>', [H]),
    "style by place among children": (
        f'<style>path:first-of-type{{stroke:none}}</style><path d="M0 5H9"/><path d="{H_D}"/>',
        [H],
    ),
    "style by negation": (f'<style>path:not(.k){{stroke:none}}</style><path d="M0 5H9"/><path class="k" d="{H_D}"/>', [H]),
    "several selectors": (f'<style>.a,.b{{stroke:none}}</style><path class="b" d="M0 5H9"/><path d="{H_D}"/>', [H]),
    "style attribute over sheet": (f'<style>path{{stroke:none}}</style><path style="stroke:#000" d="{H_D}"/>', [H]),
    "sheet over attribute": (f'<style>.k{{stroke:#000}}</style><path stroke="none" class="k" d="{H_D}"/>', [H]),
    "important over style attribute": (
        f'<style>.n{{stroke:none!important}}</style><path class="n" style="stroke:#000" d="M0 5H9"/><path d="{H_D}"/>',
        [H],
    ),
    "the more specific rule": (f'<style>#a{{stroke:#000}}path{{stroke:none}}</style><path id="a" d="{H_D}"/>', [H]),
    "the later rule": (f'<style>.a{{stroke:none}}.b{{stroke:#000}}</style><path class="b a" d="{H_D}"/>', [H]),
    "style in character data": (f'<style><![CDATA[.n{{stroke:none}}]]></style><path class="n" d="M0 5H9"/><path d="{H_D}"/>', [H]),
    "style after a comment": (f'<style>/* .k{{}} */.n{{stroke:none}}</style><path class="n" d="M0 5H9"/><path d="{H_D}"/>', [H]),
    "style for screens": (
        f'<style>@media screen{{.n{{stroke:none}}}}</style><path class="n" d="M0 5H9"/><path d="{H_D}"/>',
        [H],
    ),
    "style for paper": (f'<style>@media print{{path{{stroke:none}}}}</style><path d="{H_D}"/>', [H]),
    "style below the lines": (f'<path class="n" d="M0 5H9"/><path d="{H_D}"/><style>.n{{stroke:none}}</style>', [H]),
    "a broken rule": (f'<style>.n{{stroke:none}} }} .m{{</style><path class="n" d="M0 5H9"/><path d="{H_D}"/>', [H]),
    "capitals in style": (f'<path style="STROKE:NONE" d="M0 5H9"/><path d="{H_D}"/>', [H]),
    "the colour of text": (f'<g color="none" stroke="none"><path color="#000" stroke="currentColor" d="{H_D}"/></g>', [H]),
    "the paint that is first": (f'<path style="stroke:initial" d="M0 5H9"/><path d="{H_D}"/>', [H]),
    "no such colour": (f'<g stroke="none"><path stroke="nocolour" d="M0 5H9"/></g><path d="{H_D}"/>', [H]),
    "half transparent": (f'<path stroke="rgb(0 0 0 / 50%)" d="{H_D}"/>', [H]),
    "opacity in percent": (f'<path opacity="0%" d="M0 5H9"/><path opacity="80%" d="{H_D}"/>', [H]),
    "size by style": ('<rect style="x:10px;y:10px;width:30px;height:20px"/>', [[(10, 10), (40, 10), (40, 30), (10, 30), (10, 10)]]),
    # transform and its origin
    "turned about its origin": ('<path transform="rotate(90)" transform-origin="50 50" d="M50 50H90"/>', [[(50, 50), (50, 90)]]),
    "shrunk towards a corner": ('<path transform="scale(.5)" transform-origin="100% 0" d="M20 20H80"/>', [RIGHT]),
    "turned about the middle": ('<path style="transform:rotate(180deg);transform-origin:center" d="M10 10H40"/>', [[(90, 90), (60, 90)]]),
    "turned about two words": ('<path style="transform:rotate(90deg);transform-origin:top left" d="M10 0H40"/>', [[(0, 10), (0, 40)]]),
    "turned about its own middle": (
        '<rect x="20" y="20" width="40" height="20" style="transform:rotate(90deg);transform-box:fill-box;transform-origin:center"/>',
        [[(50, 10), (50, 50), (30, 50), (30, 10), (50, 10)]],
    ),
    "by parts of the page": ('<path style="transform:translate(50%,10%)" d="M10 0H40"/>', [RIGHT]),
    "in turns and radians": (
        '<path style="transform:rotate(.25turn)" d="M10 -10H40"/><path style="transform:rotate(1.5707963267948966rad)" d="M10 -20H40"/>',
        [[(10, 10), (10, 40)], [(20, 10), (20, 40)]],
    ),
    "along one axis": ('<path style="transform:translateX(50px) scaleY(2)" d="M10 5H40"/>', [RIGHT]),
    "flipped": ('<path style="transform:scaleX(-1);transform-origin:50px 0" d="M10 10H40"/>', [[(90, 10), (60, 10)]]),
    "style over attribute in transforms": ('<path transform="translate(0 50)" style="transform:none" d="M10 10H40"/>', [H]),
    "transform of a class": ('<style>.t{transform:translate(50px)}</style><path class="t" d="M10 10H40"/>', [RIGHT]),
    "transform of a group with origin": (
        '<g transform="scale(2)" transform-origin="10 10"><path d="M10 10H25"/></g>',
        [H],
    ),
    # nested pages
    "page in a page": (f'<svg x="50"><path d="{H_D}"/></svg>', [RIGHT]),
    "page with a view box": ('<svg width="50" height="50" viewBox="0 0 10 10"><path d="M2 2H8"/></svg>', [[(10, 10), (40, 10)]]),
    "page with a view box off the origin": (
        '<svg width="50" height="50" viewBox="5 5 10 10"><path d="M7 7H13"/></svg>',
        [[(10, 10), (40, 10)]],
    ),
    "page at the right of its place": (
        '<svg width="100" height="40" viewBox="0 0 10 10" preserveAspectRatio="xMaxYMid"><path d="M0 5H10"/></svg>',
        [[(60, 20), (100, 20)]],
    ),
    "page that fills its place": (
        '<svg width="100" height="40" viewBox="0 0 10 10" preserveAspectRatio="xMidYMid slice"><path d="M1 5H9"/></svg>',
        [[(10, 20), (90, 20)]],
    ),
    "page that cuts": ('<svg x="20" width="30" height="50"><path d="M-10 10H90"/></svg>', [[(20, 10), (50, 10)]]),
    "page that does not cut": ('<svg x="20" width="30" height="50" overflow="visible"><path d="M-10 10H60"/></svg>', [[(10, 10), (80, 10)]]),
    "page in percent": ('<svg x="50%" width="50%" height="50%"><line x1="20%" y1="20%" x2="80%" y2="20%"/></svg>', [[(60, 10), (90, 10)]]),
    "page with a view box that is none": ('<svg x="50" viewBox="0 0 50 50x"><path d="M10 10H40"/></svg>', [RIGHT]),
    "page of no size": (f'<svg width="0"><path d="M0 5H9"/></svg><path d="{H_D}"/>', [H]),
    "page in a page in a page": ('<svg x="10" y="5"><svg x="40" y="5"><path d="M10 0H40"/></svg></svg>', [RIGHT]),
    # clips
    "clip by a rectangle": ('<clipPath id="c"><rect width="40" height="40"/></clipPath><path clip-path="url(#c)" d="M10 10H90"/>', [H]),
    "clip by parts of the box": (
        '<clipPath id="c" clipPathUnits="objectBoundingBox"><rect width=".5" height="1"/></clipPath>'
        '<path clip-path="url(#c)" d="M10 10H70V30"/>',
        [H],
    ),
    "clip by a triangle": (
        '<clipPath id="c"><path d="M0 0H80L0 80Z"/></clipPath><path clip-path="url(#c)" d="M10 40H90"/>',
        [[(10, 40), (40, 40)]],
    ),
    "clip in a clip": (
        '<clipPath id="b"><rect width="40" height="90"/></clipPath>'
        '<clipPath id="c"><rect x="10" width="90" height="90"/></clipPath>'
        '<g clip-path="url(#b)"><path clip-path="url(#c)" d="M0 10H90"/></g>',
        [H],
    ),
    "clip of a class": (
        '<style>.c{clip-path:url(#c)}</style><clipPath id="c"><rect width="40" height="40"/></clipPath><path class="c" d="M10 10H90"/>',
        [H],
    ),
    "clip that is moved": (
        '<clipPath id="c" transform="translate(10)"><rect width="30" height="40"/></clipPath><path clip-path="url(#c)" d="M0 10H90"/>',
        [H],
    ),
    "clip in the coordinates of what it cuts": (
        '<clipPath id="c"><rect width="40" height="40"/></clipPath><g clip-path="url(#c)" transform="translate(50)"><path d="M10 10H90"/></g>',
        [RIGHT],
    ),
    "clip that cuts a line in two": (
        '<clipPath id="c"><rect width="30" height="40"/><rect x="60" width="30" height="40"/></clipPath><path clip-path="url(#c)" d="M10 10H80"/>',
        [[(10, 10), (30, 10)], [(60, 10), (80, 10)]],
    ),
    "clip by nothing": (f'<clipPath id="c"/><path clip-path="url(#c)" d="M0 5H9"/><path d="{H_D}"/>', [H]),
    "no such clip": (f'<path clip-path="url(#c)" d="{H_D}"/>', [H]),
    "a page that is small": ('<path d="M10 10H1000"/>', [[(10, 10), (100, 10)]]),
    "what lies beside the page": (f'<path d="M200 10H300"/><path d="{H_D}"/>', [H]),
    # what is hidden, in other words
    "display with spaces": (f'<path display=" none " d="M0 5H9"/><path d="{H_D}"/>', [H]),
    "display in capitals": (f'<path style="DISPLAY:NONE" d="M0 5H9"/><path d="{H_D}"/>', [H]),
    "visibility in capitals": (f'<path visibility="Hidden" d="M0 5H9"/><path d="{H_D}"/>', [H]),
    "opacity that nobody sees": (f'<g opacity=".1"><path opacity=".1" d="M0 5H9"/></g><path d="{H_D}"/>', [H]),
    "opacity by a variable": (f'<style>:root{{--o:0}}</style><path style="opacity:var(--o)" d="M0 5H9"/><path d="{H_D}"/>', [H]),
    "paint by a variable of a variable": (
        f'<style>:root{{--a:var(--b,#000);--b:none}}</style><path style="stroke:var(--a)" d="M0 5H9"/><path d="{H_D}"/>',
        [H],
    ),
    "paint by a variable of a group": (f'<g style="--a:none"><path style="stroke:var(--a)" d="M0 5H9"/></g><path d="{H_D}"/>', [H]),
    "paint by no variable": (f'<path style="stroke:var(--a, none)" d="M0 5H9"/><path d="{H_D}"/>', [H]),
    "no such gradient": (f'<path stroke="url(#a)" d="M0 5H9"/><path stroke="url(#a) red" d="{H_D}"/>', [H]),
    "a gradient of nothing": (
        f'<linearGradient id="a"><stop stop-opacity="0"/></linearGradient><path stroke="url(#a)" d="M0 5H9V9"/><path d="{H_D}"/>',
        [H],
    ),
    "a gradient of white by another": (
        '<linearGradient id="a"><stop stop-color="#fff"/></linearGradient><radialGradient id="b" href="#a"/>'
        f'<path stroke="url(#b)" d="M0 5H9V9"/><path d="{H_D}"/>',
        [H],
    ),
    "style for windows": (
        f'<style>@media screen and (min-width:9px){{.n{{stroke:none}}}}</style><path class="n" d="M0 5H9"/><path d="{H_D}"/>',
        [H],
    ),
    "style for windows in letters": (
        f'<style>@media screen and (min-width:40em) and (min-height:3ex) and (min-width:90ch){{.n{{stroke:none}}}}@media (min-width:81em){{path{{stroke:none}}}}</style>'
        f'<style media="(max-width:90ch)">path{{stroke:none}}</style><path class="n" d="M0 5H9"/><path d="{H_D}"/>',
        [H],
    ),
    "style for windows in parts of them": (
        f'<style>@media (min-width:99vw) and (min-height:99vmin){{.n{{stroke:none}}}}@media (min-width:101vw){{path{{stroke:none}}}}</style><path class="n" d="M0 5H9"/><path d="{H_D}"/>',
        [H],
    ),
    "style for windows of no length": (
        f'<style>@media (min-width:1%){{path{{stroke:none}}}}@media (min-width:){{path{{stroke:none}}}}@media (max-width:9parsec){{path{{stroke:none}}}}</style><path d="{H_D}"/>',
        [H],
    ),
    "style for the dark": (f'<style>@media (prefers-color-scheme:dark){{path{{stroke:none}}}}</style><path d="{H_D}"/>', [H]),
    "style of a layer": (f'<style>@layer a{{.n{{stroke:none}}}}</style><path class="n" d="M0 5H9"/><path d="{H_D}"/>', [H]),
    "style of no kind": (f'<style type="">.n{{stroke:none}}</style><path class="n" d="M0 5H9"/><path d="{H_D}"/>', [H]),
    "style of another kind": (f'<style type="text/less">path{{stroke:none}}</style><path d="{H_D}"/>', [H]),
    "a comment in a declaration": (f'<path style="stroke:/* a */none" d="M0 5H9"/><path d="{H_D}"/>', [H]),
    "a selector that nobody knows": (f'<style>path[*|a]{{stroke:none}}path:a{{stroke:none}}</style><path d="{H_D}"/>', [H]),
    # transforms, in other words
    "single transforms": ('<path style="translate:50px 5px;scale:1 2" d="M10 2.5H40"/>', [RIGHT]),
    "turned about the corner of its box": (
        '<path style="transform:rotate(90deg);transform-box:fill-box" d="M40 10H70"/>',
        [[(40, 10), (40, 40)]],
    ),
    "by parts of its box": ('<path style="transform:translate(50%);transform-box:fill-box" d="M0 10H100"/>', [[(50, 10), (100, 10)]]),
    "a transform by a variable": ('<path style="--x:50px;transform:translate(var(--x))" d="M10 10H40"/>', [RIGHT]),
    # clips and masks
    "clip by even-odd": (
        '<clipPath id="c"><path clip-rule="evenodd" d="M10 0H90V90H10ZM40 0H60V90H40Z"/></clipPath><path clip-path="url(#c)" d="M0 10H100"/>',
        [H, RIGHT],
    ),
    "clip by a copy": (
        '<defs><rect id="r" width="30" height="30"/></defs><clipPath id="c"><use href="#r" x="10"/></clipPath>'
        '<path clip-path="url(#c)" d="M0 10H100"/>',
        [H],
    ),
    "clip by what is seen of it": (
        '<clipPath id="c"><rect width="40" height="90"/><rect visibility="hidden" width="90" height="90"/></clipPath>'
        '<path clip-path="url(#c)" d="M10 10H90"/>',
        [H],
    ),
    "clip of a clip": (
        '<clipPath id="b"><rect width="40" height="90"/></clipPath><clipPath id="c" clip-path="url(#b)"><rect x="10" width="90" height="90"/></clipPath>'
        '<path clip-path="url(#c)" d="M0 10H90"/>',
        [H],
    ),
    "clip of a transparent shape": (
        '<clipPath id="c"><rect opacity="0" width="40" height="40"/></clipPath><path clip-path="url(#c)" d="M10 10H90"/>',
        [H],
    ),
    "clip by parts of a group": (
        '<clipPath id="c" clipPathUnits="objectBoundingBox"><rect width=".5" height="1"/></clipPath>'
        '<g clip-path="url(#c)"><path d="M10 10H20"/><path transform="translate(50)" d="M-40 10H20V30"/></g>',
        [[(10, 10), (20, 10)], H],
    ),
    "clip along a turned side": (
        '<clipPath id="c"><rect transform="rotate(45)" width="50" height="50"/></clipPath><path clip-path="url(#c)" d="M0 0L30 30"/>',
        [[(0, 0), (30, 30)]],
    ),
    "clip of an area": (
        '<clipPath id="c"><rect width="30" height="30"/></clipPath><rect fill="#000" stroke="none" clip-path="url(#c)" x="-9" y="-9" width="90" height="90"/>',
        [[(0, 0), (30, 0), (30, 30), (0, 30), (0, 0)]],
    ),
    "mask by a rectangle": (
        '<mask id="m" maskUnits="userSpaceOnUse" width="100" height="100"><rect width="40" height="40" fill="#fff" stroke="none"/></mask><path mask="url(#m)" d="M10 10H90"/>',
        [H],
    ),
    "mask with a hole": (
        '<mask id="m" maskUnits="userSpaceOnUse" width="100" height="100"><rect x="10" width="80" height="40" fill="#fff" stroke="none"/><rect x="40" width="20" height="40" fill="#000" stroke="none"/></mask>'
        '<path mask="url(#m)" d="M0 10H100"/>',
        [H, RIGHT],
    ),
    "mask by opacity": (
        '<mask id="m" style="mask-type:alpha" maskUnits="userSpaceOnUse" width="100" height="100"><rect width="40" height="40" fill="#000"/></mask><path mask="url(#m)" d="M10 10H90"/>',
        [H],
    ),
    "mask of nothing": (f'<mask id="m"/><path mask="url(#m)" d="M0 5H9"/><path d="{H_D}"/>', [H]),
    "no such mask": (f'<path mask="url(#m)" d="{H_D}"/>', [H]),
    # marks
    "a mark without a view box": (
        '<marker id="m" refX="5" markerWidth="9" markerHeight="9"><path d="M0 0H30"/></marker>'
        '<path marker-end="url(#m)" d="M10 50V10"/>',
        [[(10, 50), (10, 10)], [(5, 10), (14, 10)]],
    ),
    "a mark that shows all": (
        '<marker id="m" overflow="visible"><path d="M0 0H30"/></marker><path marker-start="url(#m)" d="M10 10V50"/>',
        [[(10, 10), (10, 50)], H],
    ),
    "a mark of what has none": ('<marker id="m"><path d="M0 0H30"/></marker><rect marker-end="url(#m)" x="10" y="10" width="30" height="0"/>', []),
    # what CairoSVG hands down
    "a radius of a group": ('<g r="9" d="M0 0H9" points="1 1 2 2"><circle/><path/><polyline/></g>', []),
    "a place of a path": ('<path x="50" y="5" d="m10 10h30"/>', [H]),
    "a page that stretches, and a symbol that does not": (
        '<svg width="100" height="100" viewBox="0 0 100 100" preserveAspectRatio="none"><symbol id="a" viewBox="0 0 10 10"><path d="M0 5H10"/></symbol>'
        '<use href="#a" width="100" height="40"/></svg>',
        [[(30, 20), (70, 20)]],
    ),
    "a negative width": (f'<rect x="50" width="-30" height="20"/><circle r="-5"/><path d="{H_D}"/>', [H]),
    # others
    "a link": (f'<a href="#x"><path d="{H_D}"/></a>', [H]),
    "a group of another language": (f'<x:g xmlns:x="urn:x"><path d="M0 5H9"/></x:g><path d="{H_D}"/>', [H]),
    "a group of no language": (f'<unknown><path d="M0 5H9"/></unknown><path d="{H_D}"/>', [H]),
    "up to a mistake": ('<path d="M10 10H40 V"/>', [H]),
    "points up to a mistake": ('<polyline points="10 10 40 10 50"/>', [H]),
    "a hidden line in a visible group": (f'<g visibility="visible"><path visibility="hidden" d="M0 5H9"/></g><path d="{H_D}"/>', [H]),
    "a collapsed line": (f'<path visibility="collapse" d="M0 5H9"/><path d="{H_D}"/>', [H]),
}  # fmt: skip


GRADIENT = '<linearGradient id="a"><stop stop-color="#113"/><stop offset="1" stop-color="#224"/></linearGradient>'
GRID = '<pattern id="a" width="9" height="9"><path d="M9 0H0V9"/></pattern>'
WHITE_H = f'<path stroke="#fff" d="{H_D}"/>'
BLACK_H = f'<path d="{H_D}"/>'
DISC = '<circle cx="50" cy="50" r="40" fill="#2a7" stroke="none"/>'

SHEETS: dict[str, tuple[str, str, str, list[Line]]] = {
    # the page's own style, what lies below the frame, what lies above it; and the lines of that
    "a dark one": ("", '<rect width="100" height="100" fill="#222" stroke="none"/>', WHITE_H, [H]),
    "as a polygon": ("", '<polygon points="0,0 50,0 100,0 100,100 0,100 0,0" fill="#222" stroke="none"/>', WHITE_H, [H]),
    "by a transform": ("", '<rect width="10" height="10" fill="#222" stroke="none" transform="scale(10)"/>', WHITE_H, [H]),
    "with round corners": ("", '<rect width="100" height="100" rx="5" fill="#222" stroke="none"/>', WHITE_H, [H]),
    "one on another": ("", '<g stroke="none"><rect width="100" height="100" fill="#fff"/><rect width="100" height="100" fill="#222"/></g>', WHITE_H, [H]),
    "larger than what it is clipped to": (
        "",
        '<clipPath id="c"><rect width="100" height="100"/></clipPath><rect clip-path="url(#c)" x="-9" y="-9" width="200" height="200" fill="#222" stroke="none"/>',
        WHITE_H,
        [H],
    ),
    "of a gradient": ("", f'{GRADIENT}<rect width="100" height="100" fill="url(#a)" stroke="none"/>', WHITE_H, [H]),
    "of a pattern": ("", f'{GRID}<rect width="100" height="100" fill="url(#a)" stroke="none"/>', BLACK_H, [H]),
    "of the page itself": ("background:#222", "", WHITE_H, [H]),
    "of the page, in a longer word": ("background-color:rgb(34, 34, 34)", "", WHITE_H + '<path stroke="#222" d="M0 5H9"/>', [H]),
    "an eraser of almost its colour": (
        "",
        '<rect width="100" height="100" fill="#fffdf5" stroke="none"/>',
        '<path stroke="#fff" d="M0 5H9"/>' + BLACK_H,
        [H],
    ),
    "almost transparent": ("", '<rect width="100" height="100" fill-opacity=".06" fill="#000" stroke="none"/>', BLACK_H, [H]),
    "with a border of its colour": ("", '<rect width="100" height="100" fill="#222" stroke="#222"/>', WHITE_H, [H]),
    # no paper
    "a tick on a disc": ("", "", f'{DISC}<path stroke="#fff" d="M30 50H60"/>', [[], [(30, 50), (60, 50)]]),
    "an eraser across a disc": ("", "", f'{DISC}<path stroke="#fff" d="M0 50H100"/>', [[]]),
    "a dark shape with a white border": ("", "", '<path fill="#000" stroke="#fff" d="M10 10H40V20Z"/>', [[(10, 10), (40, 10), (40, 20), (10, 10)]]),
    "a disc that fills the page": ("", "", '<circle cx="50" cy="50" r="50" fill="#222" stroke="none"/>' + WHITE_H.replace(H_D, "M40 50H60"), [[], [(40, 50), (60, 50)]]),
}  # fmt: skip


def sheet(style: str, below: str, above: str) -> str:
    """The whole document of a case of paper, with a frame that is seen on all."""
    return f'{HEAD[:-1]} style="{style}">{below}<g stroke="#777">{FRAME}</g>{above}</svg>'


def document(elements: str) -> str:
    """The whole document of a case."""
    return f"{HEAD}{elements}</svg>"
