"""The same networks in PyTorch, and Keras's weights for them; see speed.py."""

import itertools

import numpy as np
import torch
from torch import nn

EPSILON = 1e-3


def normalisation(kind, channels):
    """Both kinds with scale and shift."""
    if kind == "batch":
        return nn.BatchNorm2d(channels, eps=EPSILON, momentum=0.1)
    return nn.InstanceNorm2d(channels, eps=EPSILON, affine=True)


def convolutions(shape):
    """Stride-2 convolutions, the first without normalisation."""
    layers, before = [], shape["image_channels"]
    for stage, channels in enumerate(shape["channels"]):
        layers.append(nn.Conv2d(before, channels, 4, 2, 1, bias=stage == 0))
        if stage:
            layers.append(normalisation(shape["normalization"], channels))
        layers.append(nn.LeakyReLU(0.2))
        before = channels
    return layers


class Encoder(nn.Module):
    """Images to latents."""

    def __init__(self, shape):
        super().__init__()
        self.layers = nn.Sequential(*convolutions(shape), nn.Flatten())
        self.latent = nn.Linear(
            shape["channels"][-1] * shape["bottleneck"] ** 2, shape["latent"]
        )

    def forward(self, images):
        return self.latent(self.layers(images))


class Decoder(nn.Module):
    """Latents to images."""

    def __init__(self, shape):
        super().__init__()
        stages = shape["decoder"]
        side = shape["bottleneck"]
        self.first = (stages[0], side, side)
        self.dense = nn.Linear(shape["latent"], stages[0] * side**2, bias=False)
        layers = [normalisation(shape["normalization"], stages[0]), nn.ReLU()]
        for before, channels in itertools.pairwise(stages):
            layers += [
                nn.ConvTranspose2d(before, channels, 4, 2, 1, bias=False),
                normalisation(shape["normalization"], channels),
                nn.ReLU(),
            ]
        layers.append(
            nn.ConvTranspose2d(stages[-1], shape["image_channels"], 4, 2, 1)
        )
        self.layers = nn.Sequential(*layers)

    def forward(self, latents):
        images = self.dense(latents).view(-1, *self.first)
        return torch.tanh(self.layers(images))


def contrast(images):
    """Images normalised by their own mean and variance."""
    centred = images - images.mean((1, 2, 3), keepdim=True)
    variance = (centred * centred).mean((1, 2, 3), keepdim=True)
    return centred * torch.rsqrt(variance + EPSILON)


class GAN(nn.Module):
    """Encoder, decoder, encoder, and a discriminator."""

    def __init__(self, shape):
        super().__init__()
        self.contrast = shape["contrast_normalization"]
        self.encoder = Encoder(shape)
        self.decoder = Decoder(shape)
        self.reconstruction_encoder = Encoder(shape)
        self.features = nn.Sequential(*convolutions(shape))
        self.logit = nn.Linear(
            shape["channels"][-1] * shape["bottleneck"] ** 2, 1
        )

    def generate(self, images):
        latent = self.encoder(contrast(images) if self.contrast else images)
        reconstruction = self.decoder(latent)
        return (
            latent,
            reconstruction,
            self.reconstruction_encoder(reconstruction),
        )

    def generator_parameters(self):
        return [
            *self.encoder.parameters(),
            *self.decoder.parameters(),
            *self.reconstruction_encoder.parameters(),
        ]

    def discriminator_parameters(self):
        return [*self.features.parameters(), *self.logit.parameters()]


def load(gan, weights, prefix, shape):
    """Take Keras's weights over."""
    side = shape["bottleneck"]
    first, last = shape["decoder"][0], shape["channels"][-1]

    def flat_rows(kernel, channels):
        # Keras flattens (h, w, c), PyTorch (c, h, w).
        rows = kernel.reshape(side, side, channels, -1).transpose(2, 0, 1, 3)
        return rows.reshape(side * side * channels, -1)

    parts = {
        "encoder": gan.encoder,
        "decoder": gan.decoder,
        "reconstruction_encoder": gan.reconstruction_encoder,
        "features": gan.features,
        "classifier": gan.logit,
    }
    for name, part in parts.items():
        values = [
            (key, weights[key])
            for key in weights.files
            if key.startswith(f"{prefix}/{name}/")
        ]
        parameters = list(part.parameters())
        for parameter, (key, value) in zip(parameters, values, strict=True):
            if "convolution" in key or "image/kernel" in key:
                if value.ndim == 4:
                    # (h, w, in, out) or, transposed, (h, w, out, in).
                    value = value.transpose(3, 2, 0, 1)
            elif value.ndim == 2 and name == "decoder":
                value = flat_rows(value.T, first)
            elif value.ndim == 2:
                value = flat_rows(value, last).T
            with torch.no_grad():
                parameter.copy_(torch.from_numpy(np.ascontiguousarray(value)))
