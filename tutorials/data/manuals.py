"""Made-up Dutch manuals of a made-up municipality, and questions that its staff might ask.

Data card. Source: written for this tutorial; no real municipality, person or rule is in it, and none of it is advice.
Licence: BSD-3-Clause, business use allowed. `passages()` has a row for each passage of six manuals: `code`, `manual`,
`title`, `text`. `questions()` has a row for each question: `question`, `code` (of the passage that answers it, or empty
where no manual does), and `exam` (true for half of them; another seed halves them differently).

How it is made. By hand. Some questions use the words of their passage, as somebody does who knows the rule; most use
everyday words for it, as people do who don't. One question in four has no answer here, though it sounds as if it might.
"""

SEED = 20261212
MANUALS = """
# Personeel
P1 | Verlof aanvragen | Vakantie vraagt u aan in het personeelsportaal, uiterlijk twee weken vooruit. Voor meer dan
  drie weken achtereen is toestemming van het afdelingshoofd nodig. Niet opgenomen uren vervallen vijf jaar na het
  jaar waarin ze zijn opgebouwd.
P2 | Ziekmelden | Wie ziek is, belt vóór 9.00 uur de leidinggevende. Een bericht of e-mail is niet genoeg. Na twee
  weken nodigt de bedrijfsarts u uit voor een gesprek. Meld u ook beter, op de eerste dag dat u weer werkt.
P3 | Werken vanuit huis | U kunt in overleg met uw team twee dagen per week thuiswerken. De gemeente vergoedt daarvoor
  2,40 euro per dag. Een bureaustoel en een beeldscherm voor thuis krijgt u in bruikleen.
P4 | Reiskosten | Woon-werkverkeer met het openbaar vervoer wordt volledig vergoed, tweede klas. Voor de eigen auto is
  dat 0,23 euro per kilometer, tot 30 kilometer enkele reis. Wie fietst, krijgt hetzelfde bedrag per kilometer.
P5 | Declaraties | Uitgaven voor het werk declareert u binnen drie maanden, met een foto van de bon. Bedragen tot 50
  euro keurt het systeem zelf goed, daarboven uw leidinggevende. Het geld komt met het salaris van de volgende maand.
P6 | Ouderschapsverlof | Ouders van een kind jonger dan acht jaar hebben recht op verlof van 26 keer de weekuren. De
  eerste negen weken worden voor 70 procent doorbetaald als u ze in het eerste levensjaar opneemt.
P7 | Nevenwerk | Een tweede baan of een eigen onderneming meldt u vooraf bij personeelszaken. Nevenwerk mag niet
  botsen met uw functie. Bij twijfel beslist de integriteitscommissie binnen vier weken.
P8 | Opleiding en studie | Iedere medewerker heeft per jaar 500 euro te besteden aan een cursus naar keuze. Voor een
  langere studie sluit u een overeenkomst: wie binnen twee jaar vertrekt, betaalt een deel terug.
# Computers
C1 | Wachtwoord wijzigen | Een wachtwoord telt minstens veertien tekens. Bent u het vergeten, kies dan op het
  aanmeldscherm voor herstellen; u krijgt een code op uw telefoon. Na vijf mislukte pogingen wordt het account een
  half uur geblokkeerd.
C2 | Verlies of diefstal van apparatuur | Is uw laptop of telefoon kwijt of gestolen, bel dan meteen de servicedesk,
  ook 's nachts. Het apparaat wordt op afstand gewist. Doe binnen een dag aangifte bij de politie en stuur het nummer
  daarvan door.
C3 | Veilige verbinding | Buiten kantoor werkt u via de beveiligde verbinding (VPN). Die start vanzelf zodra u zich
  aanmeldt. Op openbare wifi is zij verplicht. Werkt zij niet, herstart dan eerst het apparaat.
C4 | Verdachte e-mail | Vertrouwt u een bericht niet, klik dan nergens op en gebruik de knop Melden. Hebt u toch
  geklikt of gegevens ingevuld, bel dan de servicedesk. U krijgt nooit straf voor een melding.
C5 | Afdrukken | Printen kan op elke verdieping: houd uw pas tegen de lezer en kies de opdracht. Opdrachten blijven 24
  uur bewaard. Is het papier of de toner op, bel dan de receptie; de lade hoeft u zelf niet te vullen.
C6 | Nieuwe programma's | Software vraagt u aan met het formulier in de servicecatalogus. De aanvraag gaat langs uw
  leidinggevende en de informatiebeveiliger, en dat duurt ongeveer tien werkdagen. Zelf installeren is uitgezet.
C7 | Gedeelde postbus | Een team kan een gezamenlijk e-mailadres krijgen. De eigenaar ervan bepaalt wie kan meelezen
  en kijkt dat elk half jaar na. Antwoorden gaan uit naam van het team, niet van een persoon.
C8 | Zakelijke telefoon | De gemeente verstrekt een toestel met abonnement. Bellen in de Europese Unie is inbegrepen.
  Reist u verder, zet dan dataverbruik uit of vraag vooraf een bundel aan.
# Gebouw
G1 | Toegangspas | Uw pas opent de deuren van 7.00 tot 19.00 uur. Draag hem zichtbaar. Bent u hem thuis vergeten, dan
  krijgt u bij de balie een dagpas tegen legitimatie. Een verloren pas wordt direct geblokkeerd en kost 15 euro.
G2 | Brand en ontruiming | Hoort u het signaal, verlaat dan meteen het pand via de trap en ga naar het verzamelpunt op
  het plein. Gebruik de lift niet. Volg de aanwijzingen van de mensen met een geel hesje.
G3 | Vergaderzalen | Een zaal reserveert u in de agenda. Wie een kwartier na aanvang niet aanwezig is, verliest de
  reservering. Koffie en lunch bestelt u uiterlijk een dag van tevoren.
G4 | Parkeren | In de garage is plaats voor dienstauto's, bezoekers en medewerkers met een medische reden. Alle
  anderen gebruiken het terrein aan de Havenweg, tien minuten lopen. Opladen van elektrische auto's kan daar ook.
G5 | Fietsenstalling | De kelder heeft 300 plekken en is open met uw pas. Voor accu's is er een kluis met stopcontact.
  Fietsen die langer dan vier weken blijven staan, worden weggehaald.
G6 | Bezoekers | Meld gasten een dag vooruit aan. Zij krijgen bij binnenkomst een badge en worden opgehaald; alleen
  rondlopen mag niet. De ontvanger blijft verantwoordelijk tot zij zijn uitgeschreven.
G7 | Eerste hulp | Op elke verdieping hangt bij de lift een verbandtrommel, en op de begane grond een AED. Bel bij een
  ongeval het interne nummer 5555; een bedrijfshulpverlener is binnen drie minuten bij u. Bel bij levensgevaar eerst
  112.
G8 | Temperatuur en onderhoud | Een kapotte lamp, een lekkende kraan of een kamer die te koud is, meldt u via de app
  Gebouw. Spoed wordt dezelfde dag verholpen, het overige binnen een week.
# Gegevens
D1 | Datalek | Zijn persoonsgegevens bij een verkeerde terechtgekomen of kwijt, meld dat dan direct bij de
  functionaris gegevensbescherming. Die beoordeelt of het binnen 72 uur naar de toezichthouder moet. Probeer niet
  eerst zelf uit te zoeken hoe erg het is.
D2 | Inzageverzoek | Inwoners mogen vragen welke gegevens wij van hen hebben. Stuur zo'n verzoek dezelfde dag door
  naar het privacyteam. De inwoner krijgt binnen een maand antwoord, nadat is vastgesteld wie het is.
D3 | Bewaren en vernietigen | Sollicitatiebrieven verwijderen wij vier weken na de procedure. Bouwdossiers blijven
  altijd bewaard. Voor al het andere staat de termijn in de selectielijst van het archief.
D4 | Hulp van kunstmatige intelligentie | Chatprogramma's op internet zijn verboden voor teksten met persoonsgegevens
  of vertrouwelijke stukken. De eigen assistent op onze servers mag wel. Controleer elk antwoord; u blijft zelf
  verantwoordelijk.
D5 | Losse gegevensdragers | USB-sticks zijn niet toegestaan, tenzij versleuteld en door de servicedesk uitgegeven.
  Een gevonden stick steekt u nergens in; lever hem in bij de balie.
D6 | Foto's en film | Voor herkenbare mensen op een foto is schriftelijke toestemming nodig, bij kinderen van de
  ouders. Wie die intrekt, moet binnen een week van de website verdwenen zijn.
D7 | Grote bestanden versturen | Voor stukken die te groot of te vertrouwelijk zijn voor e-mail gebruikt u de
  beveiligde bestandsdienst. De ontvanger krijgt een link die na zeven dagen vervalt.
D8 | Camerabeelden | Beelden van de camera's bij de ingang worden na vier weken gewist. Alleen de beveiliging kijkt ze
  terug, na een voorval en in opdracht van de secretaris.
# Inkoop
I1 | Drempels voor inkoop | Tot 10.000 euro volstaat één offerte. Tot 50.000 euro vraagt u er drie. Daarboven doet de
  afdeling inkoop een openbare procedure, die al gauw vier maanden duurt.
I2 | Facturen | Een rekening gaat digitaal naar de financiële administratie, met het bestelnummer erop. Zonder nummer
  gaat zij terug. Wij betalen binnen dertig dagen.
I3 | Tekenbevoegdheid | Een teamleider tekent tot 5.000 euro, een afdelingshoofd tot 50.000 euro, de secretaris
  daarboven. Een opdracht opknippen om onder een grens te blijven is niet toegestaan.
I4 | Geschenken | Een cadeau van een leverancier neemt u alleen aan als het minder dan 50 euro waard is, en nooit op
  uw huisadres. Meld het in het register. Uitnodigingen voor reizen of sport slaat u af.
I5 | Contracten verlengen | Drie maanden voor een overeenkomst afloopt, krijgt de eigenaar een bericht. Verlengen gaat
  niet vanzelf: beoordeel eerst de leverancier. Na vier jaar moet een nieuwe aanbesteding volgen.
I6 | Duurzaam kopen | Bij gelijke kwaliteit kiezen wij het product met de minste uitstoot. Vraag bij hout naar het
  keurmerk en bij kleding naar de fabriek. Tweedehands meubilair gaat voor nieuw.
I7 | Inhuur van personeel | Een uitzendkracht of zzp'er vraagt u aan bij het flexloket. Het uurtarief mag niet boven
  125 euro zonder btw. Na een jaar wordt bekeken of het een vaste functie moet worden.
I8 | Klachten over leveranciers | Levert een bedrijf te laat of niet goed, leg dat dan binnen acht dagen schriftelijk
  vast en stuur een kopie naar inkoop. Houd de betaling van dat deel in tot het is opgelost.
# Buitendienst
B1 | Gladheid | Van november tot april staat een ploeg klaar om te strooien. Bij een verwachte wegdektemperatuur onder
  nul rukt zij uit, eerst naar hoofdwegen, busroutes en fietspaden. Woonstraten worden niet gestrooid.
B2 | Beschermende kleding | Op straat draagt u een oranje jas, hoge schoenen met stalen neus en handschoenen. Bij
  machines komen daar een helm en gehoorbescherming bij. Versleten spullen ruilt u om in het magazijn.
B3 | Graven | Vraag voor elk graafwerk een melding aan over kabels en leidingen, minstens drie dagen vooruit. Graaf
  binnen anderhalve meter met de hand. Bij een gaslucht: stop, motor uit, afstand houden en 112 bellen.
B4 | Omgevallen bomen | Ligt er een boom over de weg, zet dan af en bel de piket. Zagen mag alleen met een certificaat
  en met z'n tweeën. Hangt er een kabel in de takken, wacht dan op het energiebedrijf.
B5 | Riool en pompen | Bij een storing van een pompput gaat een rode lamp branden en krijgt de wacht een bericht. Ga
  nooit alleen een put in en meet eerst de lucht. Bij zware regen gaat het centrum voor.
B6 | Voertuigen | Controleer voor vertrek banden, lichten en olie, en teken de lijst. Schade meldt u dezelfde dag.
  Onder werktijd geldt voor alcohol en drugs een grens van nul.
B7 | Afval op straat | Gedumpt vuil wordt binnen twee werkdagen opgehaald. Raak vaten en onbekende vloeistoffen niet
  aan, maak een foto en bel de milieudienst. Asbest laat u liggen voor een erkend bedrijf.
B8 | Hitte en storm | Boven 30 graden begint de dienst om zes uur en eindigt hij om twee uur. Vanaf windkracht acht
  wordt niet op hoogte gewerkt. De voorman beslist, en iedereen mag het werk stilleggen.
"""
QUESTIONS = """
P1 | Hoe lang van tevoren moet ik vakantie aanvragen?
P1 | Wanneer raak ik oude vrije dagen kwijt?
P2 | Hoe laat moet ik bellen als ik griep heb?
P2 | Mag ik me per e-mail ziekmelden?
P3 | Hoeveel dagen mag ik thuiswerken?
P3 | Krijg ik een stoel voor mijn werkplek thuis?
P4 | Wat krijg ik per kilometer voor mijn auto?
P4 | Wordt mijn treinkaartje betaald?
P5 | Tot wanneer kan ik een bonnetje indienen?
P5 | Wie keurt mijn declaratie goed?
P6 | Hoeveel uur vrij kan ik nemen voor mijn baby?
P6 | Wordt ouderschapsverlof doorbetaald?
P7 | Mag ik naast mijn werk een eigen zaak beginnen?
P8 | Is er geld voor een cursus?
P8 | Moet ik mijn studie terugbetalen als ik wegga?
C1 | Ik weet mijn wachtwoord niet meer, wat nu?
C1 | Waarom is mijn account geblokkeerd?
C2 | Mijn laptop is uit de auto gestolen
C2 | Wie bel ik als ik mijn telefoon ben verloren?
C3 | Hoe werk ik veilig op de wifi van een hotel?
C3 | De vpn doet het niet
C4 | Ik heb op een vreemde link geklikt
C4 | Wat doe ik met een mail die ik niet vertrouw?
C5 | Hoe kan ik iets printen?
C5 | De printer heeft geen papier meer
C6 | Kan ik zelf een programma installeren?
C6 | Hoe lang duurt het voor ik nieuwe software heb?
C7 | Kunnen we als team één mailadres krijgen?
C8 | Kan ik met mijn werktelefoon bellen vanuit Spanje?
G1 | Ik ben mijn pasje vergeten
G1 | Wat kost een nieuwe toegangspas?
G2 | Waar moet ik heen als het brandalarm gaat?
G2 | Mag ik bij brand met de lift?
G3 | Hoe boek ik een vergaderruimte?
G3 | Wanneer moet ik broodjes bestellen voor een overleg?
G4 | Waar kan ik mijn auto neerzetten?
G4 | Is er een laadpaal?
G5 | Waar laad ik de accu van mijn fiets op?
G6 | Moet ik een gast aanmelden?
G7 | Iemand is gevallen en bloedt, wat doe ik?
G7 | Waar hangt de AED?
G8 | Het is te koud in mijn kamer
G8 | Waar meld ik een kapotte lamp?
D1 | Ik heb een brief aan de verkeerde inwoner gestuurd
D1 | Bij wie meld ik een datalek?
D2 | Een inwoner wil weten wat wij van hem weten
D3 | Hoe lang bewaren we sollicitatiebrieven?
D3 | Wanneer mag een bouwdossier weg?
D4 | Mag ik een chatbot een brief laten schrijven?
D4 | Mogen we AI gebruiken voor vertrouwelijke stukken?
D5 | Ik vond een usb-stick op de parkeerplaats
D6 | Mag ik foto's van kinderen op de website zetten?
D7 | Hoe verstuur ik een bestand dat te groot is voor de mail?
D8 | Hoe lang worden beelden van de camera bewaard?
I1 | Hoeveel offertes heb ik nodig voor 30.000 euro?
I2 | Waar stuurt de leverancier zijn rekening naartoe?
I2 | Binnen hoeveel dagen betalen we?
I3 | Tot welk bedrag mag ik zelf tekenen als teamleider?
I4 | Mag ik een fles wijn van een leverancier aannemen?
I5 | Wordt een contract automatisch verlengd?
I6 | Moeten we nieuwe bureaus kopen of mogen ze gebruikt zijn?
I7 | Wat mag een zzp'er per uur kosten?
I8 | De leverancier komt zijn afspraken niet na
B1 | Wordt er in mijn straat gestrooid?
B1 | Wanneer gaan de strooiwagens rijden?
B2 | Welke schoenen moet ik aan op straat?
B3 | Moet ik iets melden voor ik ga graven?
B3 | Ik ruik gas bij het graven
B4 | Er ligt een boom op de weg na de storm
B4 | Mag ik alleen met de kettingzaag werken?
B5 | Mag ik alleen een put in?
B6 | Ik heb een deuk in de bus gereden
B6 | Mag ik een biertje drinken tijdens de lunch als ik moet rijden?
B7 | Wie ruimt gedumpt afval op?
B7 | Ik heb asbest gevonden
B8 | Hoe laat beginnen we bij hitte?
B8 | Mogen we met harde wind de hoogwerker in?
- | Wat kost een nieuw paspoort?
- | Mag mijn hond mee naar kantoor?
- | Wanneer is de volgende raadsvergadering?
- | Hoeveel verdient de burgemeester?
- | Waar kan ik mijn kind inschrijven voor school?
- | Is er een fitnessruimte in het gebouw?
- | Hoe vraag ik een bouwvergunning aan?
- | Krijg ik een kerstpakket?
- | Wat is het telefoonnummer van de huisarts?
- | Hoe regel ik mijn pensioen?
- | Mag ik een tatoeage hebben op mijn werk?
- | Wie is de voorzitter van de ondernemingsraad?
- | Hoe laat gaat de laatste bus?
- | Kan ik een dienstauto privé gebruiken?
- | Hoeveel inwoners heeft de gemeente?
- | Waar vind ik het lettertype van de huisstijl?
- | Wat staat er vandaag op het menu?
- | Hoe word ik lid van de vakbond?
- | Krijg ik korting op een sportschool?
- | Wanneer wordt het grofvuil bij mij thuis opgehaald?
- | Hoe zet ik een afwezigheidsbericht aan?
- | Kan ik een tweede beeldscherm op kantoor krijgen?
- | Mag ik roken bij de ingang?
- | Wat is de opzegtermijn als ik ontslag neem?
- | Wie onderhoudt de speeltuin?
- | Hoe vraag ik een parkeervergunning voor bewoners aan?
"""


def passages():
    """The passages of all manuals, as a pandas table in their order."""
    import pandas as pd

    rows, manual = [], ""
    for line in MANUALS.replace("\n  ", " ").strip().splitlines():  # a line that begins with blanks goes on
        if line.startswith("# "):
            manual = line[2:]
        else:
            code, title, text = line.split(" | ")
            rows.append((code, manual, title, text))
    return pd.DataFrame(rows, columns=["code", "manual", "title", "text"])


def questions(seed=None):
    """The questions, as a pandas table; `exam` halves those with an answer and those without."""
    import numpy as np
    import pandas as pd

    rows = [line.split(" | ") for line in QUESTIONS.strip().splitlines()]
    table = pd.DataFrame(rows, columns=["code", "question"]).replace({"code": {"-": ""}})
    rng = np.random.default_rng(SEED if seed is None else seed)
    exam = table.groupby(table["code"] == "")["code"].transform(lambda some: rng.permutation(len(some)) % 2 == 0)
    return table.assign(exam=exam.astype(bool))[["question", "code", "exam"]]
