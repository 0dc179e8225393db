"""Texts that people send back: those that may be an opt-out, and those of something else."""

from __future__ import annotations

SOUND_LIKE_AN_OPT_OUT = """
I said stop
i said STOP!!!
I SAID STOP TEXTING ME
told you to stop
I told you to stop
I told you guys to stop already
told u 2 stop
I already told you people to stop
not interested stop
Not interested, stop
not interested. Stop.
NOT INTERESTED STOP TEXTING
no thanks stop
no thank you please stop
STOP 12345
stop 12345
Stop #44321
STOP 1
STOP https://bit.ly/3xYz
stop www.example.org/out
12345 STOP
QUIT 12345
CANCEL 12345
UNSUBSCRIBE 12345
END 12345
stop it
Stop it!
stop this
stop this now please
stop that
pls stop
plz stop
please stoppp
PLEASE STOP
please just stop
can you please stop
could u stop
will you stop?
would you just stop already
just stop
stop already
ok stop
okay stop now
Stop bro
stop man
STOP YOU IDIOTS
stop asshole
stop ffs
for the love of god stop
STOP!!! STOP!!! STOP!!!
stop stop
stop stop stop
stooooop
stoppppp
stopp texting
stp txting me
stap texting me
st0p texting
S T O P texting me
S.T.O.P. texting me
stop txting
stop txtin me
stop msging me
stop messaging this number
stop contacting my wife
stop calling me
stop calling and texting me
stop texting and calling me
stop sending me texts
stop sending these
stop sending me this crap
stop sending messages to this number
stop sending your spam
stop with the texts
stop with all these messages
Stop the messages
stop all messages
stop all future texts please
stop these political texts
stop your texts
stop bothering me
stop harassing me
stop spamming
stop blowing up my phone
stop hitting me up
stop trying to contact me
stop asking me for money
stop wasting my time
quit texting me
Quit it
please quit
quit sending me stuff
quit messaging
quit bugging me
cease
cease and desist
cease all contact
please discontinue
discontinue these messages
I asked you to stop
I have asked you to stop twice
I've asked you nicely to stop
how many times do I have to say stop
how many times do I have to tell you to stop
I already texted STOP
I texted STOP last week
I replied stop three times
I sent STOP and you keep texting
typed stop already
My wife said stop
I said "STOP"
"stop" i said
“STOP” means stop
the word is STOP
I want this to stop
I want these texts to stop
I need you to stop
I would like you to stop texting me
this needs to stop
these texts need to stop
this has to stop
make it stop
make these stop
how do I stop this
how do i stop these texts
How do I stop getting these messages?
How can I stop receiving these?
I want to stop receiving texts
I'd like to stop getting these
I need to stop getting these messages
why won't you stop
why don't you stop texting me
can't you just stop
you never stop texting me
if you don't stop I will call a lawyer
If you don't stop texting me I'm reporting you
stop or I will report you
stop before I block you
stop because I am not interested
stop I am not interested
stop who is this
who is this stop
who is this? stop
stop this is the wrong number
wrong person stop
I moved stop
I already voted please stop
I already voted, stop
leave me alone i said stop
Hi Ana, please stop. Thanks
Lena STOP
STOP Lena Abadi
STOP - Lena
Stop\\n\\nSent from my iPhone
Hi\\nplease\\nstop
No.\\nSTOP
stop for good
stop at once
stop immediately
stop right now
stop forever
stop to end
stop 2 end
stop2end
text stop to end
reply stop
Reply STOP to opt out
not for me. stop
Stop, please
stop, I never signed up for this
im good stop
no stop
nope, stop
hell no stop
STOP ALL TEXTS
Stopall please
take me off
take me off your list
take me off this list please
Take my number off your list
TAKE ME OF YOUR LIST. take me off
please take us off the mailing list
get me off your list
get me off this list
I want off this list
off your list please
how do i get off this list
scratch me off your list
cross me off
drop me from your list
remove
remove me
remove me please
remove my number
Remove this number
please remove my cell number from your system
remove us from your database
rmv me
delete me
delete my number
Delete my info
erase my number
lose my number
Lose this number
lose my contact
forget my number
forget you ever had my number
get rid of my number
do not contact
do not contact me
Do not contact me again
do not text
do not text me
don't text me
dont txt me
dnt text me again
please don't text this number
DO NOT TEXT THIS NUMBER AGAIN
don't ever text me again
don't you text me again
please do not message me
dont message me anymore
don't send me anything
don't send me any more texts
don't send any more
do not send these
don't contact us
don't call me
do not call or text me
don't call or text
don't bother me
never contact me again
never text this number
I asked you not to text me
please not text me
no longer contact me
no more
no more messages
no more texts
no more txts please
No more of this
no more of these texts
no more please
no texts please
no spam
no messages please
no mas
unsubscribe me
unsubscribe please
please unsubscribe
Unsubscribe. Thanks
unsub
UNSUBCRIBE
unsuscribe me
How do I unsubscribe
I want to unsubscribe
I unsubscribed weeks ago
opt me out
opt out please
I opt out
I want to opt out
I'd like to opt out of these
opting out
I opted out already
optout please
How do I opt out?
revoke my consent
I revoke consent
I withdraw my consent
I do not consent to this
I never consented
I never gave you permission
I never signed up for this
I didn't sign up for these
I never subscribed
cancel please
cancel my subscription
cancel these texts
cancel all messages
CANCEL THIS
end these texts
end please
please end this
wrong number
Wrong number!
wrong person
You have the wrong number
you've got the wrong person
Sorry wrong number
this is not Ana's number
this isn't her phone
that's not my number
no one here by that name
nobody with that name
there is no Lena here
Lena doesn't have this number anymore
this number belongs to someone else
I don't want these
I don't want this
I dont want ur texts
I do not want your messages
I do not wish to be contacted
i don't want to hear from you
do not wish to receive any more messages
I no longer wish to receive texts
don't want to be on your list
I didn't ask for this
sick of these texts
I'm tired of getting these messages
fed up with your texts
too many texts
enough
Enough already
enough with the texts
enough is enough
I've had enough
leave me alone
Leave me the hell alone
please leave us alone
leave my phone alone
go away
get lost
piss off
fuck off
f off
fuck you
FUCK OFF AND STOP
buzz off
bug off
shut up
stfu
gtfo
knock it off
cut it out
give it a rest
spam
SPAM!!
this is spam
this is harassment
you are harassing me
reported as spam
I'm reporting you
I will report this number
reporting you to the FCC
blocked
You're blocked
I'm blocking you
blocking this number
block me
please block my number
put me on your do not call list
add me to the do not contact list
you keep texting me
why do you keep texting me
turn off these notifications
refrain from texting me
can you not
alto
ALTO por favor
Alto!
basta
ya basta
BASTA YA
pare
Pare por favor
paren
paren ya
parar
para ya
no más mensajes
no mas mensajes
ya no más
no me escriban
no me escribas más
no me manden más mensajes
no me mande mensajes
ya no me manden mensajes
no vuelva a escribirme
no me molesten
no me contacten
no quiero más mensajes
no quiero recibir mensajes
no quiero nada
deje de escribirme
dejen de mandarme mensajes
deja de molestar
dejen de molestar
deje de enviar mensajes
déjenme en paz
dejame en paz
quítenme de la lista
quiteme de su lista
bórrenme
borren mi número
elimíneme de su lista
sáquenme de esta lista
dar de baja
darme de baja
denme de baja
quiero darme de baja
baja
cancelar
cancelar suscripción
número equivocado
persona equivocada
se equivocó de número
detener
STOP por favor
arrêt
arrêtez
ARRETEZ svp
arrêtez de m'envoyer des messages
ne m'envoyez plus de messages
plus de messages svp
désabonner
je veux me désabonner
mauvais numéro
laissez-moi tranquille
não me mande mais mensagens
sair
número errado
Didn't I tell you to stop?
I've told you a hundred times to stop
I told you to quit texting me
told yall to stop textin this number
seriously stop
Seriously, STOP.
stop already!!! im not voting for him
STOP!! I don't live in Ohio anymore
I'm not Kevin stop
this isn't Kevin, stop
You've got the wrong guy
Wrong #
wrong num
ur texting the wrong person
u have the wrong number
He doesn't live here. Stop
my number is on the do not call list
I am on the DNC list
please take me off ur list
take my name off your list
Take me off
Please remove my name
remove my phone number from your records
Remove from list
remove from your list
please remove
Remove please
take this number off
please delete my number from your database
lose this number!!
lose my #
quit sending these messages
quit contacting me
QUIT TEXTING ME!!!
stop harrassing me
stop w the texts
Stop w/ the msgs
stop sending me stuff
stop sending me sh*t
stop sending me job offers
stop sending job alerts
stop sending appointment reminders
Stop sending reminders to my phone
Stop the reminders
stop spamming my phone
Stop contacting me about this
stop reaching out
please stop reaching out to me
stop hitting my phone
Stop bugging me
stop pestering me
stop emailing and texting me
Please stop all communication
stop all contact
stop communicating with me
Stop!! Who are you
STOP this nonsense
Stop this crap
Stop it now
Stop that now
please. stop.
Please, stop!
Stop thanks
STOP thank you
stop, thx
Stop ok?
Stop sir
Stop ma'am
Sir please stop
Hello stop
hey stop
yo stop
dude stop
Bro stop texting me
bruh stop
omg stop
lol stop
🛑🛑🛑 STOP TEXTING
"STOP"  please
'stop' 'stop'
*stop* texting
_stop_ pls
stop-stop-stop
stop/unsubscribe
STOP, UNSUBSCRIBE
stop unsubscribe
Stop end quit
end cancel
STOP STOPALL UNSUBSCRIBE CANCEL END QUIT
Stop 555-123-4567
STOP code 5567
Stop ref 12345
STOP MSG
stop msgs
STOP TEXT
stop text
Stop sms
STOP SENDING
No more text
no more txt msgs
no further contact
no further messages please
no more contact please
do not send me messages
do not send me any more messages
do not send any more texts to this number
Don't send me messages anymore
Don't message me
don't text me ever again
dont ever contact me again
Don't reach out to me again
don't hit me up
don't contact this number
don't text this phone
never text me
I don't want to be contacted
I don't want to receive any more texts
I dont want any more messages
i do not want these messages
I don't want texts from you
I don't want to get these anymore
I do not want to be on this list
i dont wanna get these texts
don't want these
I no longer want these messages
no longer interested, stop
I'm no longer interested please stop
not looking for a job stop texting
I found a job please stop texting me
got a job stop
Already have a job. Stop
I changed doctors stop
I'm not a patient there anymore, stop
I am not your patient. Remove me
please remove me from your contact list
take me off of your contact list
please take me off your texting list
how do I get removed from this list?
how do I get off this list
How do I opt-out
how do you stop these
how can I make this stop
how to stop
how to unsubscribe
can i unsubscribe
can you unsubscribe me
could you please remove me
would you please take me off your list
please opt me out of texts
Opt me out of all messages
opt-out pls
I'd like to opt out
I wish to unsubscribe
let me unsubscribe
i tried to unsubscribe
I've unsubscribed like 3 times
I texted stop 5 times
I keep texting stop
I have replied STOP multiple times
I've already said stop
said stop already
I SAID NO STOP
NO! STOP
no means no stop
which part of stop don't you understand
what part of STOP do you not understand
do you not understand stop
STOP means STOP
you were told to stop
You've been told to stop
I have requested that you stop
I demand you stop
I'm asking you to stop
I am begging you to stop
would appreciate it if you stopped texting me
I'd appreciate it if you would stop
It would be great if you stopped
please make these texts stop
when will these texts stop
when does this stop
these messages must stop
the texts need to stop
texts need to stop
I'm going to block you
Blocked and reported
gonna block u
reported
I'll sue you
I will take legal action
You're violating the TCPA
leave me tf alone
leave us alone!
Go away please
please go away
Fuck off!
f*** off
F U
screw you
eff off
Get out of my phone
Unsubscribe me from this
UNSUBSCRIBE ME NOW
I want to be removed
I want to be taken off this list
please be advised i want to be removed from your list
kindly remove my number
Kindly stop
kindly desist
stop stopp stop
stp
sotp
stoop
Stpo
STOP.STOP.STOP
stop me
stop my texts
stop my messages
stop my subscription
stop subscription
end subscription
End messages
cancel msgs
Cancel my texts
cancel service
cancel it
revoke consent
Revoked
I hereby revoke consent to be contacted
consent revoked
no soy María, deje de escribirme
número incorrecto
Se equivocó
no mandes más
por favor no me mandes mensajes
ya no me escriba por favor
por favor pare
por favor deje de mandar mensajes
basta por favor
basta de mensajes
pare de mandar mensajes
parenle ya
deténganse
no envíen más mensajes
no enviar más
borrar mi número
quita mi número
Quiten mi número de su lista
eliminar
eliminar mi número
salir
no quiero mensajes
No me interesa, no me manden mensajes
cancelar mensajes
cancelar por favor
dejen de chingar
no molestar
dejen de enviarme textos
stop por favor no me escriban
alto ya
please alto
i thought i told you to stop
Thought I said STOP
For the third time STOP
this is my 3rd time asking you to stop
third request: stop
I've asked before, stop
Asked you to stop already
please respect my wishes and stop
just leave me alone and stop
stop already damn
STOP damnit
Stoooop texting meeee
stop textingme
stoptexting me
plz dont text me no more
dont text me no more
Don't text no more
quit txting me!
yall need to stop
you guys need to stop
u need to stop
You people need to stop texting me
You have to stop
you must stop
You should stop texting
you can stop now
you can stop texting me now
pls stop now thx
thanks but no thanks, stop
No. Please stop.
nah stop
naw stop
Who dis? Stop
Who the hell is this? Stop texting me.
idk who this is stop
I don't know you stop
dont know u. stop
My name is not Lena, stop
I am not Lena, please stop texting
Lena no longer has this number
Lena changed her number
This is no longer Lena's number
You got the wrong number dude
think you have the wrong person
Wrong number, no Lena here
this is a business line, remove
this is a work phone please remove it from your list
Please take this number out of your system
remove me from this
Remove me from all lists
Please remove this phone number
remove my info
please unsubscribe this number
unsub me
unsubscribe from this list
I would like to be unsubscribed
need to unsubscribe
wanna unsubscribe
How to opt out?
I'm opting out
opt out of texts
opt-out of messages
Please opt my number out
stop and unsubscribe me
STOP and remove my number
stop & remove me
No more
no more pls
No more, thanks
No more of these
No more messages from you
not another text
don't want no more texts
i want no more texts
I want no messages
I don't need these texts
I don't need these anymore
I do not need these messages
don't need your texts
I never asked for this
never asked for these messages
I didn't ask for these texts
I did not give you permission to text me
who gave you permission to text me
you don't have my permission
You do not have my consent
i did not consent
Not consenting to this
consider this my opt out
consider this notice to stop
This is my formal request to stop
Kindly cease all communications
cease contact
cease texting me
please desist
discontinue texting
end this
End it
END NOW
please end
end all messages
cancel all
cancel these messages please
cancel texts
Cancel this number
I want to cancel these texts
take me off this thing
take me off the text list
take me off all lists
take me off of this
get me off
get me off this
Get my number off your list
get my number out of your system
scrub my number
leave me be
let me be
leave me alone please
get a life
go to hell
go f yourself
go fuck yourself
fuck you stop
stop fucking texting me
STOP FREAKING TEXTING ME
Will y'all stop
would y'all please stop
when are you going to stop
are you ever going to stop
are you going to stop texting me?
is there a way to stop these
Is there any way to stop these texts?
any way to stop this?
how can i get these to stop
what do I have to do to make you stop
what do i need to do to stop getting these
how many times must I say stop
do I need to say stop again
STOP means no
stop = stop
I typed STOP
Texted STOP 3x
sent stop
said stop
I'm saying stop
again, stop
Again I say stop
stop again
2nd time stop
stop 2nd request
STOP (second request)
"Stop" please
stop/quit/end
para por favor
ya paren
ya párenle
paren de textearme
dejen de textear
dejen de escribirme
no me textees
no me textee más
no me llamen
no mandes mensajes
no quiero que me escriban
no quiero que me manden mensajes
ya no quiero mensajes
ya no quiero recibir mensajes
no deseo recibir mensajes
me pueden quitar de la lista
pueden sacarme de la lista
favor de quitarme de la lista
quiero que me quiten de la lista
quiero cancelar los mensajes
cancele mi suscripción
elimina mi número
borra mi numero
este no es el numero de Maria
este numero no es de Maria
numero erroneo
equivocado
no molesten
deja de joder
"""

OF_SOMETHING_ELSE = """
we have to STOP this bill
We have to stop this bill!
the bus stop is closed
The bus stop on 5th is closed
my bus stop moved
it's the next stop
get off at the last stop
I get off at this stop
meet me at the truck stop
what stop do I get off at?
the train doesn't stop here
does the train stop at Elm St?
stop by tomorrow?
Stop by tomorrow!
can you stop by at 5
Can I stop by later?
I can stop by after work
I'll stop by
please stop by
feel free to stop by any time
I said stop by tomorrow
She told me to stop by
I will stop at the office
I will stop in on Friday
stop in anytime
can I stop over on Sunday
I have to stop for gas
I'm going to stop at the store
We will stop for lunch
stopped by yesterday
I stopped by the office
I stopped in on Monday
can't stop thinking
I can't stop thinking about it
can't stop won't stop
I can't stop laughing
we won't stop
We will not stop until we win
I won't stop fighting
never stop fighting
don't stop
Don't stop!
Please don't stop
please don't stop sending these
don't stop texting me
Please don't stop texting me, I love these
I don't want you to stop
I don't want you to stop texting
I don't want to stop getting these texts
I hope you don't stop sending these
don't stop believing
no need to stop
nothing can stop us
no one can stop us now
you can't stop us
they can't stop me
non-stop
We work non-stop
it rained nonstop
one stop shop
stop sign at the corner
there's a stop sign
I ran a stop light
stop and think
stop and shop on Main
Stop the war
Stop the steal
Stop the pipeline!
STOP THE WAR
stop the violence
We must stop them
We need to stop climate change
they need to stop the war
stop Prop 12
stop smoking
I want to stop smoking
trying to stop drinking
how do I stop the bleeding
should I stop taking the pills
Should I stop the medication before surgery?
When should I stop eating before the test?
do I need to stop eating
the doctor told me to stop the antibiotics
I stopped taking it
my heart stopped
The bleeding stopped
my car stopped working
the pain has stopped
I had to stop working
I had to stop
he told me to stop smoking
I told him to stop smoking
people need to stop texting and driving
stop texting and driving
I should stop texting so late
I'll stop texting you now
I'll stop there
stop being so hard on yourself
stop Asian hate
Stop Trump
Stop Biden!
stop sending our kids to war
stop sending money overseas
stop calling it a tax
stop gerrymandering
They want to stop the count
Congress has to stop this
who can stop him
I quit
I quit my job
I quit smoking last year
quit my job last week so I am available
I just quit my job
my boss quit
he quit yesterday
I'm not a quitter
thinking about quitting
I quit on Friday so I can start Monday
cancel my 3pm and rebook at 4
Please cancel my appointment
cancel my appointment tomorrow
I need to cancel my appointment
Can I cancel my shift on Monday?
I had to cancel
my flight was cancelled
they cancelled on me
can we cancel tomorrow's visit
sorry need to cancel the interview
don't cancel my appointment
end of the week works
At the end of the day, yes
the end
the weekend works
in the end I said yes
I'll be there until the end
week end is fine
when does it end?
when does the shift end
My contract ends in May
dead end street
unstoppable
I don't text much
Sorry I did not text you earlier
sorry for not texting back
I forgot to text you
why don't you text me tomorrow
don't forget to text me
don't hesitate to contact me
Don't call, just text
don't call me before noon
Please don't call, text me instead
you can text me anytime
text me later
keep texting me
Please keep me on the list
please don't remove me
please don't remove me from the list
don't take me off the list
I don't want to be removed
please don't unsubscribe me
I don't want to unsubscribe
I didn't unsubscribe
don't lose my number
don't leave me alone lol
do not delete my number please
don't block me
Take me off the schedule for Friday
remove me from the Friday shift
can you remove the sign
remove my sign please
I'll take it off the table
take off at 5
I have Friday off
get off work at 6
time off
I'll opt in
I want in
the right person
is this the right number?
my number is 415 555 0142
what number should I call?
here is my new number
Is this Lena?
Who is this?
who dis
How did you get my number?
who gave you my number
I'm not interested
not interested
not interested in nights, days only
no thanks
No thank you
nope
no
maybe
maybe later
yes
Yes please
ok thanks
sounds good
sure, when?
I'm available Monday
call me
Please call me
call me tomorrow
I'll call you when I stop driving
I'm busy, text later
no more shifts this week please
no more than 20 hours
no more pain, thanks
I have no more questions
I need no more info
I have enough
that's good enough
not enough hours
too many hours
too many patients
I want more texts
I want to receive texts
send me more info
please send me the forms
I never got your text
I never received the message
I got no texts
I didn't get a message
did you send me a message?
you stopped texting me?
why did you stop texting me
report to work at 9
I'll report on Monday
I reported for duty
They block the road
on my block
the block party
I'm alone
go away for the weekend
I'm going away next week
cut it in half
shut the office door
the list is long
I'm on the list
Is my name on the list?
what list?
I said yes
I told you yes
I told you I'd come
said what?
tell them to stop the bus
wrong day, I meant Tuesday
wrong time, sorry
wrong address
this is not good
this isn't working
this is my number
it's not my shift
sí
gracias
no gracias
para mí sí
para mañana está bien
es para mi hermano
soy alto
está muy alto
no pare de luchar
la parada de bus
baja en la calle 5
no me interesa
mañana paso
no puedo
no tengo mensajes
por favor no dejen de escribirme
por favor llámame
cancelar mi cita
quiero cancelar mi cita de mañana
oui
non merci
Don't stop the good work
Keep it up, don't stop
please never stop
can't stop won't stop lol
I couldn't stop by yesterday
I wasn't able to stop by
I'm stopping by at 3
Stopping by later
is there a stop near you
Which stop is closest?
what's the closest bus stop
My stop is 14th street
3 stops away
the last stop on the line
I'll be at the stop in 5
the stop light is out
pit stop then I'm there
quick stop at the pharmacy first
Need to make a stop first
I'll make one stop
one more stop then home
stop over for coffee
stop in and see us
you should stop by sometime
do you want me to stop by
Would it be ok to stop by Monday?
want me to stop at the front desk?
should I stop at reception
Where do I stop for check in?
I stop work at 5
we stop serving at 9
I stop at 5pm
my shift stops at 4
When do you stop taking applications?
when do you stop seeing patients
does the clinic stop at noon
They stopped hiring
I stopped applying
I've stopped taking the meds
Can I stop taking the meds now?
should I stop eating at midnight
do I stop my blood thinners
Do I have to stop Advil
do i need to stop the aspirin
stop taking aspirin?
the nurse said stop aspirin
He said to stop ibuprofen
stop hate
Stop the hate
stop gun violence now
stop the wall
STOP the ban
we must stop him
We need to stop Trump
Let's stop this bill
let's stop them in November
help stop the mandate
Vote to stop Prop 5
I'm voting to stop it
I want to stop the pipeline
we can stop them
who will stop them
how do we stop this war
How can I help stop the bill?
how can we stop Project 2025
I can't stop crying
can't stop smiling
haven't stopped yet
it hasn't stopped raining
it won't stop raining
the rain stopped
my phone stopped working
My truck stopped running
it stopped working
non stop work
working nonstop
full stop
end of story
by the end of the month
At the end of my shift
weekends only
I end at 4
I can do the end of next week
The end date is fine
ends friday
cancel Friday please
Cancel the 10am
can you cancel my Tuesday visit
I'd like to cancel my appointment for tomorrow
need to cancel tomorrow
I'm cancelling today
I have to cancel my interview
Sorry I have to cancel
cancel my booking and rebook me next week
can't make it, please cancel my spot
they canceled my class
I quit drinking
I recently quit my job
just quit and looking for work
gave my two weeks, I quit Friday
I'd quit my job for that pay
not a quitter
Can you remove the 3pm slot
I need the stitches removed
remove the cast when?
when do I get my stitches removed
had my wisdom teeth removed
Take me off nights
can you take me off the Sunday rotation
I got taken off the schedule
I'm off Tuesday
day off
off topic but who is this
get off at 5
I get off work at 3
opt for mornings
The second option
I have opted in
my phone number changed
I changed my number, this is my new one
that's my old number
what's your number?
what number do I call
this number works
is this a good number
wrong date
wrong day sorry
something's wrong with the link
the link is wrong
what's wrong
am I on the list
put me on the list
add me to the list please
yes add me
leave it at the door
leave me a voicemail
Leave a message
I left a message
I'll leave my number
I live alone
I'm going to be alone
home alone
don't worry
don't know
I don't know yet
I don't think so
I don't want the night shift
I don't want to work weekends
I don't want to drive that far
don't want to miss out
I don't want to miss any messages
don't need a ride
I don't need help
do not need anything
never mind
never done it before
I never work Sundays
never heard back from you
I never heard from you
I didn't hear from you
I haven't received any texts
I didn't get your message
Didn't sign up yet
I didn't sign the form
I signed up
how do I sign up
I want to sign up
text me the address
Text or call?
can you text me instead
You can text this number
Please text me not call
no texts on file
is this text for me
sent you a message
send message to Bob
I'll message you
contact me Monday
Contact my wife at 555
please call my husband instead
Don't call me, text me
do not call, text only
report is done
I'll send the report
Who do I report to?
I reported it to HR
blocked nose
blocking off Monday
my calendar is blocked
my sink is blocked
road block
this is my spam number lol
not spam right?
is this spam?
is this a scam
this is great
shut down today
the shop is shut
fed up with work lol
tired today
sick today
sick of my job
done with work at 5
I'm done at 5
enough said
Is 5 enough
not enough time
that is more than enough
I've got enough hours
no more nights
no more than 5
no problem
no worries
No, thanks. Maybe next time
no I'm good
I'm good
im all set
All set thanks
not today
not now
not right now
Not me but my sister is interested
I'm out this week
count me out
count me in
I'm in
go ahead
going away party
going away on the 5th
get lost easily lol
I got lost
back off the driveway
kindly call me
hola
quiero más información
ahora no
hoy no puedo
paro a las 5
para cuando?
¿para qué es?
para el lunes
parada 5
la baja de precio
trabajo en la planta baja
soy de talla baja
con eso basta
quiero cancelar mi turno
no voy a cancelar
No quiero cancelar
no quiero dejar de recibir mensajes
arrêt de bus
je suis à l'arrêt
The stop is closed
is this stop open
this stop is closed
bus 12 stop
stop 12 is closed
Stop 4 on the map
my stop comes up next
stop one before mine
let me know your stop
what is the final stop
take me to the next stop
I get on at the second stop
he stops by daily
she stops at 5
We stop at noon
the shuttle stops here
the bus will stop at Main
traffic had to stop
John will stop by
my husband will stop in for it
someone will stop by
can somebody stop by the house
I could stop by around 3
I might stop by
might stop in
just stop by anytime
please stop by the clinic
Please stop at the desk first
you can stop by
You can stop in any time after 9
can you guys stop by
would you stop by
could you stop at the store
thanks for stopping by
thank you for stopping in
Sure stop by
ok stop by
stop by my place
stop by please
stop over
Stop through
I'll never stop supporting you
we will never stop
never going to stop fighting
not going to stop now
I'm not stopping
don't ever stop
dont stop now
Don't stop sending me these updates
please dont ever stop texting
I don't want this to stop
I don't want these to stop
wouldn't want you to stop
you shouldn't stop
why would I want to stop
hope it never stops
I like these texts don't stop
pls continue don't stop
keep sending don't stop
keep it coming
love these messages
your texts are great
Thanks for the texts
got your texts
I read your messages
Did you get my messages?
have you stopped hiring
are you still hiring or did it stop
When does enrollment end?
when do shifts end
the shift ends at 6
ends at 6
year end
End date?
weekends
week ends
I can't this weekend
end up working late
we end up late
cancel culture
cancelled
canceled my other appointment
cancel tomorrow
Can I cancel and reschedule
can we cancel and do Friday
cancel the appointment please
Please cancel my appt
please cancel appt for Lena on Friday
cancel tuesday
Need to cancel my 2:30
cancel my 9am please
cancel appointment
My flight got cancelled
they might cancel
don't cancel
please do not cancel
I don't want to cancel
won't cancel
I quit my last job
quit my old job
I quit in May
want to quit my job
she quit
I will quit my job for this
they quit hiring
how do I quit smoking
help me quit smoking
ready to quit smoking
I want to quit smoking
remove the bandage?
when can I remove the bandage
should I remove my jewelry
remove shoes?
delete the old file
I deleted the app
I deleted your text by accident
lost my phone
lost your number
I lost your number
lose weight
I want to lose weight
forgot my number
number please
what number
number 5
wrong entrance
sorry wrong link
wrong time
the wrong day
I went to the wrong office
I have the wrong form
never
never been better
don't
do not
don't bother coming, I'll come to you
I don't text and drive
text and drive no
can you call? I can't text
I can't text at work
no texting at work lol
can't talk now text me
do not call after 8pm
call after 5
don't forget
don't forget my appointment
don't be late
leave now
I leave at 5
leave of absence
leave it with the front desk
away this week
I'll be away
go
go team
block 5
Block party at 5
block me off for Monday
report
lab report?
send my report
did my report come in
spam folder?
it went to spam
check your spam
spam musubi
enough room?
good enough
enough for now?
tired
I'm so tired
sick
I'm sick
off
I'm off today
are you off
off at 5
day off tomorrow
list
send the list
which list
shopping list
out of town
I'm out of town
out sick
out until Monday
get out the vote
not at this time
maybe not
not yet
not sure
not really
not now thanks
not available
No!
nooo
para que hora
para el lunes a las 3
para mi
a qué hora para
¿dónde para el bus?
la parada
baja al lobby
estoy de baja médica
cancelé mi otra cita
no cancelen mi cita
no quiero faltar
no quiero esa cita
no quiero trabajar de noche
mi número es 555
ese no es mi turno
"""


def texts(lines: str) -> list[str]:
    """One text a line, with its line breaks."""
    return [line.replace("\\n", "\n") for line in lines.strip().splitlines()]
