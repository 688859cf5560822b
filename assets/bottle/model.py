"""A wine bottle of green glass with a paper label and a cork, 0.75 litres, empty."""

from sim.assets.kit import finish, outline, shape, sign
from sim.assets.kit.paint import assemble, paint

R, H = 0.0375, 0.3


def model():
    glass = finish.plain("glass", "#16301c", 0.05, alpha=0.75)
    cork = finish.plastic("cork", "#b08a5c", 0.9, 3, dirt=0.2, tile=0.03)
    corners = [
        (0, 0.012),
        (0.02, 0.004),
        (0.031, 0.0),
        (R, 0.006),
        (R, 0.185),
        (0.0145, 0.225),
        (0.0138, 0.28),
        (0.0155, 0.282),
        (0.0155, 0.291),
        (0.0142, 0.293),
        (0.0135, H - 0.003),
        (0.0095, H - 0.003),
        (0.0095, 0.28),
        (0, 0.28),
    ]
    radii = [0, 0.01, 0.003, 0.005, 0.03, 0.03, 0.002, 0.001, 0.001, 0.001, 0.001, 0.001, 0, 0]
    body = shape.lathe(outline.rounded(corners, radii, 4, closed=False), 40)
    label = shape.lathe([(R + 0.0003, 0.05), (R + 0.0003, 0.135)], 40, angle_deg=200.0).turned(yaw=-100)
    wide = R * 3.4907
    label = shape.Shape(label.vertices, label.faces, label.uv / (wide, 0.085))
    picture = sign.canvas(384, 256, "#ece3cd")
    sign.rectangle(picture, (0.03, 0.05, 0.97, 0.95), None, "#7a5b2b", 0.008)
    sign.write(picture, "CHATEAU BULLET", (0.5, 0.28), 0.13, "#3a1616", 0.03)
    sign.write(picture, "grand cru rigide", (0.5, 0.46), 0.08, "#3a1616", 0.02)
    sign.ellipse(picture, (0.44, 0.58, 0.56, 0.76), None, "#7a5b2b", 0.008)
    sign.write(picture, "75 cl", (0.5, 0.87), 0.07, "#3a1616", 0.02)
    return assemble(
        paint(body, glass),
        paint(label, finish.printed("label", picture, 0.8)),
        paint(shape.cylinder(0.0094, 0.03, 0.001, 20).at(z=0.27), cork),
    )
