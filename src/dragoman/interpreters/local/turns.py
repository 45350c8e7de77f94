"""Turns of phrase that are easier to change while they are text: before a sentence is analysed, and after it is made. Pure.

The words in "zq..." are ours: the lexicon gives them their translation.
"""

# ruff: noqa: E501 - a pattern is read as one line
from __future__ import annotations

import re

Turns = tuple[tuple[re.Pattern[str], str], ...]


def _turns(*listed: tuple[str, str]) -> Turns:
    return tuple((re.compile(pattern, re.I), put) for pattern, put in listed)


def turned(sentence: str, turns: Turns) -> str:
    """The sentence with each of the turns made, in their order."""
    for pattern, put in turns:
        sentence = pattern.sub(put, sentence)
    return " ".join(sentence.split())


_INFINITIVE = r"(?=\w+(?:ar|er|ir|ír)(?:me|te|se|lo|la|le|los|las|les|melo|mela|selo)?\b)"

FROM_SPANISH = _turns(
    (r"\bseñor(?:a|ita)? (?=intérprete|operador|agente)", ""),
    (r"\bde ida y vuelta\b", "zqroundtrip"),
    (r"\bse (?:fue|ha ido) la luz\b", "se cortó la electricidad"),
    (r"\bme (cortaron|quitaron|cambiaron|bloquearon|cerraron|rechazaron|cancelaron) (?:el|la|los|las) ", r"\1 mi "),
    (r"\bno me (?:lleg(?:ó|aron)|ha llegado|han llegado) ", "no he recibido "),
    (r"\b(cambi\w+) de (?=plan|tarifa|compañía|contraseña|dirección|fecha|número)", r"\1 mi "),
    (r"\bun[oa] más (\w+)(?=\s*[.,?!]|$)", r"otro más \1"),
    (r"[¿¡]", ""),
    (r"\bme llamo\b", "mi nombre es"),
    (r"\bse llama (?=zq|[A-ZÁÉÍÓÚ])", "se llama "),
    (rf"\b(?:quisiera|querría|me gustaría) {_INFINITIVE}", "zqlike "),
    (r"\b(?:quisiera|querría|me gustaría)\b", "zqwould"),
    (r"\b(?:quisiéramos|querríamos|nos gustaría)\b", "zqwewould"),
    (r"\bllev(?:o|amos) (.{2,30}?) (\w+ndo)\b", r"he estado \2 \1"),
    (r"\bmedia hora\b", "zqhalfhour"),
    (r"\b(me|le|te|nos|les|lo|la|se) (voy|va|van|vamos|iba|iban) a (\w+r)\b", r"\2 a \3\1"),
    (rf"\bquería {_INFINITIVE}", "zqlike "),
    (r"^buenas,?(?! (?:tardes|noches))", "hola,"),
    (r"\bllev(?:o|amos) ((?:\d+|un|una|zq\w+) \w+) sin\b", r"he estado \1 sin"),
    (r"\bmi mujer\b", "mi esposa"),
    (r"\bpor todo\b", "por toda su ayuda"),
    (r"\bse me (rompió|perdió|cayó|olvidó|estropeó|bloqueó|quemó) (?:el|la) (\w+)", r"mi \2 se \1"),
    (r"\bme dueles? (?:mucho )?(?:el|la) (\w+)", r"mi \1 duele"),
    (r"\bme robaron (el|la|los|las) (\w+)", r"alguien robó mi \2"),
    (r"\bno me funcionan? (?:el |la |los |las )?(\w+)", r"mi \1 no funciona"),
    (r"\bno funcionan? (el|la|los|las|mi|mis) (\w+)", r"\1 \2 no funciona"),
    (r"\b(?:no )?(?:le|lo|la|te) (?:he )?o[ií](?:do)? bien\b", "no puedo oírle bien"),
    (r"\bdar(?:me|se|le) de baja del ", "cancelar el "),
    (r"\bdar(?:me|se|le) de baja (?:de|en) ", "cancelar "),
    (r"\bdar(?:me|se|le) de baja\b", "cancelar el servicio"),
    (r"\bpasar(me|nos|le) con\b", r"conectar\1 con"),
    (r"\bdesde (?=zqw)", "zqsince "),
    (r"\b(sab\w+) más del ", r"\1 más sobre el "),
    (r"\b(sab\w+) más de (?!zq|\d)", r"\1 más sobre "),
    (r"^que (?=(?:tenga|pase|disfrute)\b)", ""),
    (r"\breinici(?=[oéeóaá]|ar|ad|an)", "reanud"),
    (r"\b(?:me|le) puede decir\b", "puede decirme"),
    (r"\b(me|le|nos|lo|la) (puede|podría|pueden|podrían) (\w+r)\b", r"\2 \3\1"),
    (r"\bperdone?,? (?=no )", "perdón, "),
    (r"\bde más\b(?=[.,?!]|$)", "zqtoomuch"),
    (r"\bestá bien\b(?=,|\.|$)", "de acuerdo"),
    (r"\bhay que\b", "tenemos que"),
)

FROM_ENGLISH = _turns(
    (r"\b(work(?:ing|ed|s)?) on it\b", r"\1 zqonit"),
    (r"\bmust(?: not|n't)\b", "should not"),
    (r"(zqm\w|euros|dollars|pounds) (?:a|per) (day|week|month|year)\b", r"\1 zqper\2"),
    (r"\babout (us|me|him|her|them|it|you)(?=\s*[.,?!]|$)", r"zqabout\1"),
    (r"\bthe (\w+) one\b", r"the \1"),
    (r"\b(sorry|glad|happy) to hear that\b", r"\1 to hear zqeso"),
    (r"\ba new one\b", "zqnewone"),
    (r"\banother one\b", "zqother"),
    (r"\b(?:that |which )?(?:i|we) can help you with\b", "zqhelpwith"),
    (r"\b(?:on|at|in) the (back|front|top|bottom|side) of\b", r"zqthe\1"),
    (r"\b(?:on|at) the (back|front|top|bottom)(?=\s*[.,?!]|$)", r"zqat\1"),
    (r"\boff and on again\b", "off and then on"),
    (r"\bbefore(?=\s*[.,;?!]|$)", "zqante"),
    (r"\bbefore (?=(?:the |your |my |our )?(?:zq\w+|\w+)(?:\s*[.,;?!]|$))", "zqantede "),
    (r"\bafter (?=(?:the |your |my |our )?(?:zq\w+|\w+)(?:\s*[.,;?!]|$))", "zqdesde "),
    (r"\bgonna\b", "going to"),
    (r"\bwanna\b", "want to"),
    (r"\bgotta\b", "have to"),
    (r"\b(?:could|can|would|will) you please\b", "can you please"),
    (r"\bi'm afraid(?: that)?\b,?", "zqlament"),
    (r"\bwhat time\b", "zqhora"),
    (r"\bhow (?:much|many) time\b", "how long"),
    (r"\bthis is (?=zqe)", "zqsoy "),
    (r"\b(\d+|several|many|few|these) times\b", r"\1 zqtimes"),
)

INTO_SPANISH = _turns(
    (r"\b(no [^.,?]*?)\bcualquier cosa\b", r"\1nada"),
    (r"\bcualquier cosa\b(?=[^.]*\?)", "algo"),
    (r"\blosiento\b", "lo siento"),
    (r"\b(?:en|encima) lo\b(?= |[.,?!]|$)(?! que)", "en ello"),
    (r"\btendría(n|mos)? que\b", r"debería\1"),
    (r"\baquello (es|era|fue)\b", r"eso \1"),
    (r"\bhacer para usted\b", "hacer por usted"),
    (r"\bsiento (?:para|por) (?=el|la|los|las|su)\b", "siento "),
    (r"\bsiento para\b", "siento"),
    (r"\b(no [^.,?]*?)\balgo más\b", r"\1nada más"),
    (r"\b(no [^.,?]*?)\balguien más\b", r"\1nadie más"),
    (r"\b(necesit\w+) para (?=\w+[aei]r(?:l[aoe]s?|me|nos|se)?\b)", r"\1 "),
    (r"\bpara (una?) (minuto|segundo|hora|día|momento|semana|mes|año)\b", r"durante \1 \2"),
    (r"\bqué (es|son|era|fue) (su|sus|el|la|los|las|mi|mis)\b", r"cuál \1 \2"),
    (r"\bantes de que (?=(?:el|la|los|las|zq)\b)", "antes de "),
    (r"\bgracias para\b", "gracias por"),
    (r"\b(facturas?|cargos?|recibos?|pagos?|reembolsos?|descuentos?) para (?=zqm|\d)", r"\1 de "),
    (r"\bpagar(\w*) para\b", r"pagar\1"),
    (r"\b(persona|alguien|cliente|técnico|agente) quién\b", r"\1 que"),
    (r"\bpara (\d+ (?:segundos?|minutos?|horas?|días?|semanas?|mes(?:es)?|años?))\b", r"durante \1"),
    (r"\bpor favor (?=\w)", "por favor, "),
    (r"\bde el\b(?! (?:que|cual))", "del"),
    (r"\ba el\b", "al"),
    (r"\s+([,.;:?!])", r"\1"),
    (r"\bpor llamar (?!a\b|al\b|zq[^e]|[.,])", "por llamar a "),
)

INTO_ENGLISH = _turns(
    (r"^((?:(?!\bnot\b|n't\b|\bnever\b).)*?)\banybody\b", r"\1nobody"),
    (r"^((?:(?!\bnot\b|n't\b|\bnever\b).)*?)\banything\b(?!.*\?)", r"\1nothing"),
    (r"\bmore cheap\b", "cheaper"),
    (r"\b(do|does|did|make|makes|made) a (booking|noise|change|payment|call|appointment|mistake)", r"zqmk\1 a \2"),
    (r"\bzqmk(?:do|make)\b", "make"),
    (r"\bzqmk(?:does|makes)\b", "makes"),
    (r"\bzqmk(?:did|made)\b", "made"),
    (r"\bthank you by\b", "thank you for"),
    (r"\bthanks by\b", "thanks for"),
    (r"\bthank you (very|so) much by\b", r"thank you \1 much for"),
    (r"\b(calling|call|called) by (?=my|the|your|a)\b", r"\1 for "),
    (r"\b(?:in|to) zqf", "zqf"),
    (r"\bwant that you\b", "want you to"),
    (r"\bcan not\b", "cannot"),
    (
        r"\bwould like (?=(?:be|have|do|go|get|speak|talk|change|cancel|know|make|pay|see|buy|send|return|book|ask)\b)",
        "would like to ",
    ),
    (r"\b(the|a) day zqn", r"\1 day zqn"),
    (r"\ba (?=[aeiou](?!ni|se|u))", "an "),
    (r"\bi\b", "I"),
    (r"\s+([,.;:?!])", r"\1"),
    (r"\bhow much costs? (?=to\b)", "how much does it cost "),
    (r"\b(need|want|ask) that they\b", r"\1 them to"),
    (r"\b(need|want|ask) that (you|it)\b", r"\1 \2 to"),
    (r"\b2 times\b", "twice"),
    (r"\bcall (me|us|you|him|her) to (?=zqd|\d)", r"call \1 at "),
)
