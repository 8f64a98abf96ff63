"""Sets of rendered parts, to try `parts.flags` on what nobody tuned for.

Each has folders of four or five kinds of defects, small as real ones are;
light, place and noise differ from image to image. They are no photographs, and
what they say of real parts is limited; but their defects are of other kinds
than those of castings and magnetic tiles.
"""
