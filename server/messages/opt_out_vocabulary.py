"""Words and phrases with which people ask for no more texts, for `opt_out_phrases`.

Spelled as in `words`: lower case, no accents, `do not` is dont, typing errors corrected.
"""

from __future__ import annotations

from typing import Final

from server.messages.words import NUMBER, Phrases


def words(written: str) -> frozenset[str]:
    return frozenset(written.split())


STOPPING: Final = words("stop stopall cease desist discontinue halt")
"""Verbs that ask to stop whenever they are alone."""

VERBS: Final = STOPPING | words("quit cancel end")

KEYWORDS: Final = VERBS | words("unsubscribe revoke revoked optout remove")

FOREIGN: Final = words(
    "alto parar pare paren parenle salir eliminar basta detener detenga detengan deten detente"
    " cese cesen cancelar cancela baja bajame borrame borreme quitame quiteme eliminame"
    " elimineme desuscribir desuscribirme suspender arret arreter arretez arrete desabonner"
    " desinscrire desinscription sair descadastrar stopper aufhoren abmelden abbestellen"
    " smettila smettetela tigil itigil huy стоп отписаться توقف 停止 退订 退訂 取消订阅"
)
"""The same in other languages, Spanish first; alone, or with words that change nothing."""

ALONE: Final = FOREIGN | words("para stops stopped removed end stopping")
"""Words that ask to stop as a whole text with `FILLERS`, but not as part of a longer one."""

FILLER_WORDS: Final = """
a again ahora all already and anymore asap at bro bruh btw buddy can could damn day dear do dude
estos evermore favor ffs for forever from fucking gracias guys hello here hey hi i im immediately
in it jesus just kindly la las lmao lo lol los ma maam man mam mate me mensajes message messages
messaging mister more mr mrs ms my need no nope nah not now number of ok okay omg once or para
pero please por porfa porfavor que right señor senor sir sms so sorry spam su sus text texting
texts thank damnit dammit request requests notice means mean thanks thankyou that the their them
then there these thing this those thx to today ty ugh urgent urgently want we will word would wtf
y ya yes yo you your interested stopping stop asshole assholes bitch bitches bastards bastard
creep creeps dick dickhead fool fools fucker fuckers idiot idiots jerk jerks loser losers moron
morons scammer scammers spammer spammers stupid weirdo people folks person everyone team company
god christ hell heck bs shit crap svp vous plait sil bitte merci obrigado code ref reference id
ticket account acct case
"""
FILLERS: Final = words(FILLER_WORDS)
"""Words that change nothing about a request to stop."""

PERSONS: Final = words("im ill ive id weve i we you he she they it")
PRONOUNS: Final = words("i we you he she they")

SENTENCE: Final = words(
    "am are arent aint because before but cease cant delete didnt do does dont doesnt else get"
    " gone had has have havent how id if ill im is isnt its ive leave lose never nobody optout"
    " or otherwise quit remove cancel end sick since so thats theres till trying understand"
    " unless unsubscribe until was wasnt were what when where who whoever whos why wont wrong"
    " youre yall idk"
)
"""Words that begin another sentence after a stop: "stop who is this"."""

TRAVEL: Final = words(
    "across along around at back by down for home in inside into near next off on out outside"
    " over past round somewhere through thru to up via with within"
)
"""After a stop, words that make it a short visit: "stop by tomorrow"."""

AFTER_FOR: Final = words("good now real ever today fucks fuck gods god once christs")
AFTER_TO: Final = words("end quit stop cancel opt optout unsubscribe this my me") | {NUMBER}

OF_A_TIME: Final = words("the my our your at on for by")
"""Before a number, words that make it an hour or a day: "cancel my 3pm"."""

COMPOUNDS: Final = words(
    "sign signs light lights gap gaps motion watch loss shop and frisk work bath cock over"
    " overs lamp button number order orders codon clock time times bits"
)
"""Words that form one noun with a stop before them: "stop sign"."""

PLACES: Final = words(
    "a an the my your our his her their its next last first second third fourth final only"
    " other another each every some any many few same one two three single main quick short"
    " brief long extra bus train tram truck rest pit tour campaign coffee gas fuel lunch food"
    " shuttle taxi ferry metro subway trolley streetcar trolleybus whistle door full hard soft"
    " dead emergency traffic non rail light school road city which whose what where bathroom"
    " bike water rally previous nearest closest transit el k f whichever lyft uber van"
)
"""Before a stop, words that make it a place or a pause: "the bus stop"."""

MAYBE_PLACES: Final = words("this that these those")
AT: Final = words("at to from for near by on of off after before until where is about every")

YOU: Final = words("you ya youre youve youll yous guys")
THESE: Final = words(
    "this that it these those texts messages spam calls emails everything harassment"
    " notifications alerts reminders crap shit bs nonsense bullshit communications ads"
)
SELF: Final = words("i we im ive id ill weve lets us")
OTHER_PEOPLE: Final = words(
    "he she they who everyone everybody someone somebody anyone anybody nobody nothing none hes"
    " shes theyre theyll theyd"
)
POLITE: Final = words(
    "please just now kindly really ever also then already immediately nicely politely so ok"
    " okay fucking simply still always all both finally"
)
AUXILIARIES: Final = words(
    "to will would can could should must may might shall has had have needs gotta got going"
    " gonna better do did be been being supposed able cant wont"
)
WANTING: Final = words(
    "want wanted wants wanna like liked wish need needed trying try tried ask asked asking"
    " request requesting requested prefer demand demanding"
)
SAYING_VERBS: Final = words(
    "part said say saying says tell told telling text texted texting type typed write wrote"
    " written reply replied replying respond responded responding send sent sending put ask"
    " asked asking answered hit press pressed pushed entered commented begged begging message"
    " messaged used tried word request requested requesting keyword command button demanded"
    " demand dije digo puse"
)
"""Before a stop, words that make it a quotation: "I said stop"."""

OBJECTS: Final = words("the this that these those my your our his her their a an")
WHEN: Final = words(
    "last yesterday today twice thrice once several many multiple few like about over dozens"
    " ago before earlier two three four five six seven ten hundred months weeks days times time"
    " week month everytime every already each"
)
"""How often, or when, something was said."""

SAID_TO: Final = words(
    "you ya guys people folks them a hundred thousand million dozen few of to the word already"
    " back literally clearly just twice times in all caps keyword command this number multiple"
    " several many now and please it that again also nicely politely have i"
) | {NUMBER}

NEGATIONS: Final = words(
    "dont cant wont never not didnt doesnt couldnt wouldnt shouldnt havent hasnt isnt arent"
    " wasnt neednt mustnt without refuse nor hardly aint hadnt werent non"
)
NO: Final = words("need reason reasons way plans intention point chance")
BRIDGE: Final = WANTING | words(
    "ever to just really even please going gonna able be have would will can could should you"
    " it them these this those us me my your the texts messages again allow let allowed plan"
    " planning intend expect mean meant tell told saying think so any dare guys always either"
    " also yet being getting necessarily fully"
)
"""Words that may be between a negation and its verb."""

TEXTING: Final = words(
    "texting messaging contacting spamming soliciting msging smsing robotexting dming"
)
TROUBLING: Final = words(
    "sending calling writing emailing phoning harassing bothering pestering bugging annoying"
    " asking begging hitting blowing doing trying reaching pushing wasting hounding blasting"
    " bombarding flooding forwarding communicating stalking disturbing interrupting nagging"
    " dialing mailing pinging badgering pressuring tormenting responding replying sharing"
    " selling using giving attempting ringing adding"
)
GETTING: Final = words("receiving getting recieving receive get seeing")
TEXTS: Final = words(
    "texts messages message text messaging spam sms mms notifications notification alerts calls"
    " emails communications communication communicating contact solicitation solicitations"
    " reminders subscription subscriptions robotexts robocalls junk bs crap shit bullshit"
    " nonsense harassment garbage ads advertising advertisements promos promotions blasts"
    " newsletter newsletters mensajes textos mailings mails marketing updates texting"
    " correspondence outreach"
)
PLURAL: Final = words("texts messages spam notifications emails calls sms alerts")
BEFORE_TEXTS: Final = words(
    "with all the these those this that your you my any more of from fucking stupid annoying"
    " unwanted dumb such so many to please just even ever random political automated auto"
    " marketing daily constant endless unsolicited further future stop both w campaign"
    " ridiculous robo me us trying it phone group mass"
)
US: Final = words("me us my this these no anymore please")
IT: Final = words("it that those them")

DRIVING: Final = words("and while when behind")

REQUESTS: Final = Phrases(
    """
    remove|delete|erase|unenroll|unregister|scrub|purge|disenroll|withdraw|exclude|strike me|us
    remove|delete|erase|scrub|purge|wipe|withdraw|forget my|our _? number|numbers|name|phone|cell
    remove|delete|erase|scrub|purge|wipe|withdraw|forget my|our info|information|contact|details
    remove|delete|erase|scrub|purge|wipe|lose|forget|trash this|the _? number|phone
    remove|delete|erase her|him|them from|off
    remove|delete|erase from your|the|this? list|lists
    lose|forget|trash|toss|burn my|our|this|the|that number|contact|info|digits|name|cell|phone
    forget you ever? had|have my
    forget me $
    get rid of my _? number|info|name|contact
    be|get|been removed|deleted|unsubscribe|erased $
    be|get|been removed|deleted|erased from|off your|this|the|any|all _? _? list|lists|database
    be|get|been taken off your|this|the|any|all _? _? list|lists|database
    be|get|been taken off $
    want|need these|this|it|texts|messages|them stopped
    take|get|keep|scratch|cross|strike|cut|drop me|us|him|her|it|this off $
    take|get|keep|scratch|cross|strike|drop me|us|him|her off of? your|this|that|all|any|every
    take|get|keep|scratch|cross|strike|drop my|this|our|her|his _? _? off $
    take|get|keep|scratch|cross|strike|drop my|our|this _? _? off of? your|this|that|all|any|the
    take|get|keep|scratch|cross|strike|drop me|us|him|her off of? the _? _? list|lists
    take|get|scratch|cut me|us|my|this _? _? from|out|off of? your|this|the _? list
    drop|pull|leave|keep me|us|my|this _? _? from|out|off of? your|this|the _? list
    off of? your|this|the|that|any|all|these _? _? list|lists|thread|database
    off my phone|line|back|case
    out of this|your|the group|chat|thread|list|conversation
    leave me|us|him|her|my _? _? _? alone
    leave this number|phone|line alone
    unsubscribe
    un subscribe|suscribe
    opt me|us|my|this|her|him|number? _? out
    opt|opting|opted out
    optout
    revoke|withdraw|revoking|withdrawing my|our|any|all? consent|permission
    cancel service $
    consent revoked|withdrawn
    end|cancel my|this|the|our subscription|membership|texts|messages|alerts
    turn|shut|switch these|this|them|it|texts|messages|notifications|alerts|the off
    turn|shut|switch off these|this|texts|messages|notifications|alerts|the|all
    disable|deactivate|suspend|terminate these|the|all|my texts|messages|notifications|alerts
    disable|deactivate|suspend|terminate texts|messages|notifications|messaging|texting
    make it|this|these|them|the texts|messages|madness? stop|end
    refrain|abstain from texting|messaging|contacting|sending|any|further|calling
    block me|my|this _? number? $
    block me|my number from
    blacklist me|my|this
    add|put me|us|my|this _? _? on|to|in your|the|a dont|no|blacklist
    knock|cut it off|out $
    give it|me a rest|break $
    go away please|now? $
    get lost $
    if you stopped
    go to hell
    buzz|piss|bugger|bug|sod|shove|naff|screw|jog off
    back off please|now|me? $
    fuck|f|eff off
    f you $
    fuck|screw you|yourself|this|your|ur
    shut the _? up
    shut up
    out of your system|database|records|phone|contacts|list
    remove|delete it|this|that from your|the|this
    get out of my phone|life|inbox|messages
    """
)
"""Requests for no more texts that a negation reverses."""

STATEMENTS: Final = Phrases(
    """
    no more|further of? these|this|your|the? _? texts|messages|messaging|spam|sms
    no more|further of? these|this|your|the? _? emails|calls|alerts|texting
    no more|further text|message|contact|communication|communications|solicitation
    no more of? this|these|it|please|thanks|from $
    no more from you
    ^ no more $
    no mas $
    ^ no texts|texting|spam|messages|messaging please|thanks|thank|anymore|more|ever|you|now? $
    ^ no solicitation|solicitations|soliciting please|thanks|thank|anymore|more|ever|you|now? $
    ^ no contact|sms please|thanks|thank|anymore|more|ever|you|now? $
    ^ please no texts|texting|spam|messages|messaging|solicitation|solicitations|more|contact
    nolonger text|contact|message|send|call me|us|this|my
    nolonger|dont want|wanna|wish to? get|getting|receive|receiving|see these|this|them|those
    nolonger|dont want|wanna|wish to? get|getting|receive|receiving|see anything|any|your|it
    nolonger|never|dont|didnt|doesnt want|wanna|wish|like|ask _? _? _? texts|texted
    nolonger|never|dont|didnt|doesnt asked|care|agree|agreed|need _? _? _? texts|texted
    nolonger|never|dont|didnt|doesnt want|wanna|wish|like|ask _? _? _? messages|messaged
    nolonger|never|dont|didnt|doesnt asked|care|agree|agreed|need _? _? _? messages|messaged
    nolonger|never|dont|didnt|doesnt want|wanna|wish|like _? _? _? contacted|spam|spammed
    nolonger|never|dont|didnt|doesnt ask|asked|care|need _? _? _? contacted|spam|spammed
    nolonger|dont want|wanna|wish|like|care _? _? _? hear|hearing from you|this
    nolonger|dont want|wanna|wish|like|care _? hear|hearing anything? from
    nolonger|dont|didnt want|wish|ask|asked|like for? this|these|anymore|them $
    nolonger|dont want|wanna|wish anything|any|nothing _? _? from you|your
    nolonger|dont want|wanna|wish to? be on|in|part|included|bothered|harassed|disturbed|subscribed
    want|wants nothing from|to you|do with
    never|didnt|havent|hadnt|not sign|signed|opt|opted|subscribe|subscribed up|in|to $
    never|didnt|havent|hadnt|not sign|signed|opt|opted up|in for|to this|these|your|any
    never|didnt|havent|hadnt|not sign|signed|opt|opted up|in for|to texts|messages|it
    never|didnt|havent|not subscribe|subscribed
    never|didnt give|gave|given you|anyone my|permission|consent|this
    never|didnt|dont|not consent|consented
    no|without|not my? consent|permission|authorized
    tired|sick|fed|annoyed up? of|with|by|from these|your|this|the _? _? texts|messages
    tired|sick|fed|annoyed up? of|with|by|from all|getting|receiving _? _? texts|messages
    ^ never again
    ^ not another text|message
    want no _? texts|messages
    nolonger|dont need these|this|them|it anymore
    never asked|wanted for? this|these|any|your|it
    nolonger|dont|never have|had|has my permission|consent
    permission to text|contact|message|call
    not consenting
    leave|let me|us be $
    get a life
    go f|fuck|screw yourself
    this|it|thats|its|that is nolonger _ number|phone|cell
    too many texts|messages|notifications
    so many texts|messages|notifications
    done with these|this|your|the texts|messages|spam
    enough with|of the|these|this|your|all
    enough texts|messages|spam|already
    ^ thats|ok|okay|had? enough $
    ^ enough please|now|thanks|is|stop|thank
    had enough $
    had enough of
    enough is enough
    unwanted|unsolicited texts|messages|text|message|contact|spam|calls|sms
    wrong|incorrect|rong|mistaken _? number|person|phone|guy|lady|contact|dude
    wrong|incorrect|rong|mistaken _? girl|man|woman|name|house|cell
    wrong one|number|person|people|phone|family
    number is wrong|incorrect
    have|got|have|texting|texted|reached the wrong $
    not the right number|person
    ^ not me|him|her|mine $
    this|it|thats|its|that isnt|aint|not|wasnt|never _ _? number|phone|cell
    this|it|thats|its|that nolonger _ _? number|phone|cell
    this|thats|its|it|that is not|no my|his|her|their|the _? number|phone
    not|nolonger|isnt my|his|her|their|the number|phone|cell anymore
    nolonger|doesnt|dont has|have|own|owns|use|uses this|that number|phone|cell
    nobody here? by|with|named|called that|this|name|the
    nobody named|called _ here|at
    there is|theres no _ here $
    there is|theres no _ at|on|with this
    there is|theres nobody _ _? _? name|here|number
    number|phone belongs|belonged to
    number has changed|been? reassigned
    changed their|her|his number|numbers
    mistaken identity
    cease and desist
    dont|never contact|call|text|solicit list|registry
    no call list
    tcpa
    dnc
    report|reported|reporting|reports you|your
    report|reported|reporting|reports _? _? _? _? spam|junk|fcc|ftc|harassment|scam|police|tcpa
    report|reported|reporting this|these number|text|texts|message|messages
    ^ reported|blocked|reporting|blocking|spam|spammer|spammers|junk $
    reported and blocked
    blocked and reported
    block|blocked|blocking|blocks you|your|ur
    block|blocked|blocking this|the|that number|contact|sender|text|texts
    ill|will|gonna|im|been|be|are|youre|getting|to block|blocked|blocking $
    this is pure|just|a? spam $
    thats|its|is|as spam $
    mark|marked|marking|flag|flagged|flagging _? _? as? spam|junk
    sue|suing|prosecute you|your
    legal action
    press|pressing|file|filing charges|complaint
    filed a complaint
    harassing|bothering|annoying|bugging|spamming|stalking me|us|my
    youre|you are? _? harassing|spamming|stalking
    this is _? harassment|harassing
    you|still|people|guys keep|kept|keeps texting|messaging me|us|my|this|these|texts
    you|still|people|guys keep|kept|keeps contacting|sending me|us|my|this|these|texts
    you|still|people|guys keep|kept|keeps bothering|spamming|calling me|us|my|this|these|texts
    can|could|would you please? not $
    can|could|would you please? not text|message|contact|call|bother|send|spam
    mind not texting|messaging|contacting|sending|calling
    stay off my
    gtfo
    gtfoh
    stfu
    foff
    ^ fuck|fuckoff $
    count|leave me|us out of this|your|these|it
    i|we want|wanna out $
    let me out of
    """
)
"""The same if a negation is part of it, or changes nothing."""

SPANISH: Final = Phrases(
    """
    ya? no me|nos|le|les vuelva* a escrib*|mand*|envi*|text*|contact*|molest*|llam*
    no me|nos|le|les escrib*|mand*|envi*|text*|contact*|molest*|llam*|busqu*|mensaj*|moleste*
    no me|nos estes|este|esten|sigas|siga|sigan escrib*|mand*|envi*|text*|molest*|llam*
    no envi*|mande*|manden|escriba|escriban|contact*|molest*|insist* mas|mensajes|textos|nada|a|por
    no contactar|molestar|enviar|mandar|escribir|llamar $
    no contactar|molestar|enviar|mandar mas|mensajes|a
    no vuelva* a _
    no quiero|queremos|deseo|necesito mas|recibir|estos|sus|tus|nada
    no quiero|queremos|deseo|necesito que|saber|seguir|sms|mensajes|textos
    no mas mensajes|textos|sms|por|llamadas|de|spam|gracias
    no mas $
    deja|deje|dejen|dejar|para|pare de? escrib*|mand*|envi*|text*|contact*
    deja|deje|dejen|dejar|para|pare de? molest*|llam*|chingar|joder
    paren|parar|basta|cesen|eviten|evite de? escrib*|mand*|envi*|text*|contact*
    paren|parar|basta|cesen|eviten|evite de? molest*|llam*|chingar|joder
    deja|deje|dejen|dejar|para de|con|los|estos|sus|tus mensajes|textos|spam|eso
    deja|deje|dejen|dejar|para de|con|los|estos|sus|tus esto|molest*|mensaj*
    pare|paren|basta|ya de|con|los|estos|sus|tus mensajes|textos|spam|eso|esto|molest*|mensaj*
    ya basta|paren|pare|parale
    para|pare|paren ya|esto|eso|porfavor|por
    ^ alto|basta|pare|paren|parale|detenganse ya?
    dejame|dejeme|dejenme|dejanos|dejenos|dejennos en? paz|tranquil*
    quita*|quite*|saca*|saque*|borra*|borre*|elimin*|retir*|remuev* me|nos|mi|nuestro|este|de _? _?
    quitame|quiteme|quitenme|sacame|saqueme|saquenme|borrame|borreme|borrenme|eliminame
    elimineme|eliminenme|retireme|retirenme|remuevame|remuevanme|bajenme|bloqueame
    me pueden|puede|puedes|podria|podrian quitar|sacar|borrar|eliminar|remover
    dar|darme|darse|denme|deme|dame|quiero|den de? baja
    desuscri*
    dessuscri*
    cancel* mi|mis|la|las|los? suscripcion|mensajes|subscripcion
    suspend* los|estos|sus|mensajes
    no es el|mi numero
    numero no es
    ^ equivocad* $
    ^ no molest*|insist*
    numero|persona equivocad*|incorrect*|erroneo|errado
    equivocad* de|el numero|persona
    se|te equivoc*
    salir de esta|la|su|este lista|grupo
    vete a la
    callate
    """
)
"""In Spanish. A no reverses those that do not begin with no."""

OTHER_LANGUAGES: Final = Phrases(
    """
    ne? menvoy*|mecri*|mecrire|mappel*
    ne me|nous contact*|text*|derang*|envoy* plus|pas
    arrete|arretez|arreter de
    plus de? messages|message|textos|texto|sms
    pas de messages|textos|sms|pub
    desabonn*
    desinscri*
    retir*|supprim*|enlev* moi|mon|ce|mes
    mauvais|faux numero
    laiss*|foutez moi|nous tranquille|en|la
    nao me? mand*|envi*|escrev*|contat*|perturb*
    nao quero mais|receber
    par*|deix* de me? mand*|envi*|escrev*|contat*|perturb*
    descadastr*
    numero|pessoa errad*
    me remov*|tir*|retir* da|do|dessa|desta
    me deix* em
    keine nachrichten|sms|weiteren mehr|nachrichten
    falsche nummer
    lass|lasst|lassen mich|sie _? ruhe
    nicht mehr schreiben|anschreiben|kontaktieren
    numero sbagliato
    lasciatemi|lasciami in
    """
)
"""The most common phrases in French, Portuguese, German and Italian."""

CONTACTING: Final = words(
    "text message contact bother write send email reach harass disturb solicit spam hit hmu dm"
    " ping mail try phone communicate sms annoy pester bug share sell respond txting texting"
    " messaging contacting sending bothering"
)
ONCE: Final = words(
    "me us this my again anymore any here back ever please these anything no more it your list"
    " registry another texts messages now thanks sms spam stuff such that shit crap nothing"
)
SPARED: Final = words(
    "for about of im was i we you they he she people if who why youre whos kids seniors to"
    " should must"
)
LATER: Final = words(
    "before after until till between while during today tomorrow tonight at on just only text"
    " instead when because cause unless yet"
)
MOVING: Final = words("take taken get keep scratch cross strike cut drop pull remove removed opt")
RATHER: Final = words("like love enjoy keep continue hope hoping glad pray wish promise thankful")

APPOINTMENTS: Final = words(
    "schedule shift shifts appointment appointments calendar slot class roster waitlist rota"
    " session meeting lineup interview interviews project lunch work"
)
