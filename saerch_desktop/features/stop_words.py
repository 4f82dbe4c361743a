"""Words that say little about what a text is about."""

from __future__ import annotations

from typing import Final

_FUNCTION: Final = """
a about above across after again against ago all almost along already also although always am among amongst
an and another any anyone anything are aren't around as aside at away be became because become becomes been
before behind being below beside besides between beyond billion both but by can can't cannot could couldn't
de did didn't do does doesn't doing don't done down due during e each eight either else elsewhere enough et
etc even ever every everyone everything except far few fewer first five for former four from further
furthermore g get gets getting give given gives go goes going gone got had has hasn't have haven't having he
hence her here hers herself him himself his how however hundred i i'm i.e ie if ii iii in indeed instead
into is isn't it it's its itself iv ix just keep kept la last latter le least less lest let like likely ll
made mainly make makes making many may maybe me might million mine more moreover most mostly much must my
myself namely near nearly neither never nevertheless next nine no nobody none nonetheless nor not nothing
now nowhere of off often on once one ones only onto or other others otherwise ought our ours ourselves out
over overall own per perhaps please put quite rather re really s said same say says second see seem seemed
seems seen self seven several shall she should shouldn't since six so some someone something sometimes
somewhat still such t take taken takes taking ten th than that that's the their theirs them themselves then
there there's thereby therefore therein these they third this those though thousand three through throughout
thus to together too toward towards tried try trying twice two un under unless unlike until up upon us use
used uses using usually v ve versus very vi via vii viii vs was wasn't way ways we well went were weren't
what whatever when whence whenever where whereas whereby wherein whether which while whilst who whoever
whole whom whose why will with within without won't would wouldn't x xi xii y yes yet you you'll you're your
yours yourself zero
"""

# What scholars write in every abstract, whatever it is about.
_SCHOLARLY: Final = """
able abstract accepted according accordingly account accuracy accurate achieve achieved achieves achieving
add added adding additional additionally address adopt adopted advance advances advantage affect
aforementioned aim aims al allow allowed allowing allows alternative analyse analysed analyses analyze
analyzed analyzing apparent appear appears applicable applied apply applying appropriate approximate
approximately arbitrary argue argued argues article articles aspect aspects assess assessed associate
associated assume assumed assuming assumption assumptions attempt author authors available based basic begin
believed best better brief briefly calculate calculated calculation calculations capable careful carried
carry caused causes central certain challenge challenges challenging changed chapter characterise
characteristic characterize characterized choice chosen clear clearly close closely combine combined
combining comment comments commonly comparable compare compared comparing comparisons compelling competitive
complete completely comprehensive comprise concept concern concerned concerning conclude concluded
conclusion conclusions conduct conducted confirm confirmed confirms consequence consequences consequently
consider considerable considered considering consist consistent consisting consists constitute constrain
constrained constraining construct constructed contain contained containing contains contrast contribute
contribution contributions correspond corresponding crucial current currently day days deal dedicated define
defined demonstrate demonstrated demonstrates depend dependent depending depends derive derived deriving
describe described describes describing designed desirable despite detail detailed details detect detected
determine determined determining develop developed developing differ different difficult directly discover
discovered discuss discussed discusses discussing discussion display distinct doi dot dramatically drawn
easily easy effective effectively effectiveness efficacy efficient efficiently effort efforts elsewhere
email emerging employ employed employing enable enabled enables enabling end ensure entire equal especially
essential essentially establish established estimated estimating evaluate evaluated evaluation evidence
exact exactly examine examined example examples excellent exhibit exhibits exist existing exists expect
expectation expected experimental explain explained explaining explains explanation explicit explicitly
exploit explore explored exploring extend extended extensive extensively extent extreme extremely fact fail
fairly feasibility figure figures final finally find finding findings finds focus focused focuses focusing
follow followed following follows formed former forms found fully fundamental future gain generality
generally generate generated good great greater greatly help helps higher highest highlight highly hour
hours http https idea ideas identified identify identifying illustrate impact implement implemented
implication implications implies imply importance important importantly improve improved improvement
improvements improving include included includes including incorporate increased increases increasing
increasingly independent independently indicate indicated indicates indicating individual infer inferred
influence initial insight insights interest interested interesting interpret interpretation interpreted
introduce introduced introduces introducing introduction investigate investigated investigates investigating
investigation investigations involve involved involves involving issues kinds knowledge known lack largely
larger largest later lead leading leads led leverage leveraged leverages leveraging limitation limitations
limited literature little locate located longer look lower lowest main major manner mean means measured
measuring methodology moderate modern modest month months moreover motivate motivated naturally necessarily
necessary need needed needs newly normal notable notably note noted notice notion novel numerical numerous
objective observational observe observed observing obtain obtained obtaining obtains obvious occur occurring
occurs offer offers oral ordinary org original outcome outperform outperformed outperforming outperforms
overview paper papers particular particularly past people percent perform performed performing performs
permission place play plays poor poorly possibility possible possibly potential potentially powerful
practical practice precise predict predicted predicts preprint present presented presenting presents press
prevent previous previously primarily primary probable probably proceeding proceedings produce produced
produces producing progress promising proper propose proposed proposes proposing prove proven proves provide
provided provides providing publication published purpose quantify ranges ranging rapid reach reached
readily real real-world realistic reason reasonable reasonably reasons recent recently recommend reduce
reduced reduces reducing refer references regard regarding regardless relate related relative relatively
relevant reliable reliably remain remaining remains remarkable report reported reporting reports represent
represented represents require required requirement requirements requires researchers reserved respect
respective respectively result resulted resulting results reveal revealed revealing reveals review reviewed
reviews right rights robust scientific scope section seek sensitive separate serve shed shorter show showed
showing shown shows side significance significant significantly similar similarities similarity similarly
simplicity simply simultaneously situation slightly smaller smallest solve solved specific specifically
start started starting state-of-the-art statement straightforward stronger strongest strongly studied
studies study studying submitted subsequent subsequently substantial substantially success successful
successfully suffer suffers sufficient sufficiently suggest suggested suggesting suggestion suggests
suitable summarise summarize summary superior supplementary supported supports surprising surprisingly
systematic systematically talk tested testing thank theoretical thereof thesis think thorough title today
topics total traditional treat treated true turn typical typically uncertain understand understood uniform
unique university unknown unprecedented unusual up-to-date update updated usage useful usual valuable
various vary varying verify versions viable want week weeks widely wider work worked working works workshop
worth write written wrong www young
"""

# What stands in every piece of program documentation.
_CODE: Final = """
accept accepts alias api arg args argument arguments array_like attr attrs autosummary bool boolean callable
called caller calling classmethod cls compute computed computes config contained contains convenience
convert converted converts corresponding create created creates creating currentmodule def default defaults
deprecated desired dict dtype elif else enum equivalent expected expects false flag float fmt func getattr
handle handled handles hasattr helper idx ignore ignored ignores impl import indicates inherited init
inplace inside instances int integer integers internal internally invoke invoked isinstance keys
keyword-only kwarg kwargs kwds len lib modules named ndarray ndim nil none nonetype null num obj optional
out overridden override overrides param params parent pass passed passes raise raised raises read readonly
ref repr return returned returning returns rtype seealso self setattr specified specifies specify start stop
str struct super supplied supplies supply todo translate translates tuple tuples typ typed typeerror typing
underlying utf val valueerror var versionadded versionchanged versiondeprecated void whitespace whose
wrapped wraps yield yields
"""

# Too general to stand alone, telling beside a telling word: "magnetic field", "loss function".
_GENERAL: Final = """
algorithm algorithms analysis application applications approach approaches approximation architecture
architectures array arrays aspect attribute attributes average axis base baseline baselines basis behavior
behaviour benchmark benchmarks byte bytes call case cases cause center centre change changes characteristics
class classes code coefficient common comparison complex component components concept condition conditions
connection constant constants constraint constraints constructor content context core correlation criteria
criterion data dataset datasets deep definition dependence description design detection detector
determination development dictionary difference differences direct direction directory discovery distance
distribution distributions docstring doctest double early effect effects element elements environment
equation equations error errors estimate estimates estimation estimator event events evolution exception
exceptions experiment experiments factor factors family feature features field fields file files form format
formation formulation fraction framework free full function functions general generation generator group
groups growth hard high identification implementation increase index information input instance interaction
interactions interface issue item items iterable iterator key keyword keywords kind lambda large late law
layer layers length letter level levels limit limits line lines list lists location long loop loss low
low-mass mass matrix measure measurement measurements measures mechanism mechanisms method methods metric
mode model modeling modelling models modes module motion multiple name names namespace natural nature
network networks new node nodes number numbers object objects observation observations open option options
order origin output package parameter parameters parser part parts path paths pattern patterns performance
period phase pipeline pipelines point points position power prediction predictions presence principle print
private problem problems procedure process processes product production profile profiles program project
properties property proposal public python quality quantities quantity question questions range rate rates
ratio ratios reader reference region regions relation relations relationship research response role rule
rules run sample samples scale scales scenario scheme science search selection sense sequence series service
session set sets shape short signal signals simple simulation simulations single site size small soft
solution solutions source sources space special spectra spectrum speed stage standard state states static
statistics step steps strategy stream string strings strong structure structures subclass subclasses subject
support survey surveys syntax system systems task tasks technique techniques temperature term terms test
tests text theory thread threads time times tool tools topic tracking transition treatment tree trend type
types uncertainty understanding unit units user users value values variable variables variation variations
variety vector vectors version view volume warning warnings weak wide width word words world wrapper writer
year years
"""

STOP_WORDS: Final = frozenset(f"{_FUNCTION} {_SCHOLARLY} {_CODE}".split())
GENERAL_WORDS: Final = frozenset(_GENERAL.split()) - STOP_WORDS

# Small words that may stand inside a phrase of three: "equation of state", "mean time to failure".
LINKS: Final = frozenset(["of", "to", "and", "in", "for"])
