/**
 * English of several kinds, written for this purpose by the authors of Depthwise and under its licence: no model can have
 * been trained on it before it was published here. About 1,500 tokens.
 */
export const TUNING_OWN_TEXT = `The ferry to Hallow Point left every morning at ten past seven, unless the fog was so thick that the man at the rope could
not see the second post. On those mornings the passengers waited in the shed, which smelled of tar and wet wool, and
Mrs. Oduya sold them tea from an urn that had once belonged to a hotel. She charged nothing to schoolchildren and double
to anyone who complained about the weather. On the day the bell went missing, eleven people were in the shed, and all of
them afterwards remembered something different. The baker was certain that he had heard it ring at seven. The two
sisters from the mill said that it had not rung for a week. Only the boy with the broken umbrella said nothing, because
nobody had thought of asking him, and he was the one who knew.

How does a thermos flask keep soup hot? It is two bottles, one inside the other, joined at the neck. Nearly all of the
air has been pumped out of the gap between them. Heat travels in three ways: through things that touch, with air or
water that moves, and as radiation. Without air in the gap, the first two have almost nothing to travel through. The
walls facing the gap are coated with silver, like a mirror, so most of the radiation is sent back where it came from.
What remains is the neck and the stopper, and that is why a flask with a wide mouth cools faster than one with a narrow
mouth. The same flask keeps lemonade cold in summer, since it does not know which side is the warm one; it only slows
down the exchange between them.

"You said Tuesday," Ines told him.
"I said after Tuesday."
"After Tuesday is Wednesday, and today is Friday."
Tomas put the box down on the counter and looked for a place where the cat was not. "It took longer than I thought. The
back came off easily, but then there was a spring, and the spring went under the wardrobe."
"Did you find it?"
"I found a spring."
She picked the clock up and held it to her ear. It was ticking, more or less, in the manner of somebody walking downstairs
in slippers. "It is slow," she said.
"It is thoughtful," said Tomas. "Give it until Tuesday."

To repot a plant that has outgrown its home, choose a new pot about three centimetres wider than the old one; a much
larger one holds more water than the roots can drink, and they rot. Water the plant an hour before you begin. Cover the
hole in the bottom with a piece of broken pot, then add a layer of fresh soil. Tip the plant out with one hand over the
surface, so that the stem lies between your fingers. If the roots go round and round in a tight spiral, loosen them
gently and cut off those that are brown and soft. Set the plant in the middle, at the same height as before, and fill the
space around it. Press the soil down with your thumbs, but not so hard that it turns to brick. Water it once more and
keep it out of bright sun for a week. It will sulk for some days, which is normal.

The committee met on 14 March in the reading room. Present were nine of the twelve members; Mr. Lindqvist had sent his
apologies. The minutes of the last meeting were accepted without changes. The treasurer reported an income of 4,310
crowns, of which 2,900 came from the autumn fair, and expenses of 3,875 crowns, mainly for the roof. She pointed out that
the boiler is now thirty-one years old. It was agreed by seven votes to two to ask three firms for an offer before the
summer. The proposal to open the library on Sunday afternoons was discussed at length. Those in favour named the many
families who cannot come during the week; those against asked who would hold the key. The question was put off until the
next meeting, which will take place on 11 April at half past six.

A spreadsheet and a map have more in common than one would expect. Both leave out nearly everything, and both are useful
for exactly that reason. A map of a town at its full size would be of no help to anybody, and a table that held every fact
about a shop would merely be the shop again. The skill lies in choosing what to leave out. Whoever draws a map for
cyclists shows the hills and omits the bus stops; whoever adds up the sales of a year omits the weather, and may later
wonder why one week in June looks so strange. It is worth asking of any picture of the world what its maker had no room
for. The answer is seldom printed in the corner, but it is usually there to be found, in the questions that the picture
makes hard to ask.

Gulls are easier to tell apart by their behaviour than by their feathers. Young birds of the larger kinds are brown and
speckled for three or four years, and even people who have watched them all their lives will disagree about a bird that
sits by itself on a roof. But see how it feeds. One kind drops mussels on the road and waits for the cars. Another treads
the lawn with quick little steps, as if it were dancing, until the worms come up to see what the rain is like. A third has
learned to open bin bags from below. None of these habits is born in the bird. They are passed on by watching, and on the
other side of the bay, two hours away on foot, the gulls know nothing of them.

When my grandmother was old she began to write letters to people whom she had not seen for sixty years. She did not always
post them. Some were to a girl called Vera who had sat beside her at school and had lent her a pencil on the day of the
examination. Some were to the man who had sold them the first house, with a cellar that filled up every spring. She told
them how things had gone. She never complained and never asked for anything. I found the letters in a biscuit tin, tied
together with green string, and on the top of the pile was one that was addressed to me. It said that there was soup in
the freezer, that the neighbours should have the ladder back, and that she had been, on the whole, quite lucky.
`
