using System.Text.Json;
using System.Text.RegularExpressions;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Converse;

/// <summary>Pictures, documents and sound of one request, as content blocks; what cannot be one is refused with its place.</summary>
internal sealed partial class ConverseMedia(BedrockModel model, UnsaidParams unsaid)
{
    private const int LongestName = 200;
    private const int RoomForNumber = 8;

    private readonly HashSet<string> names = new(StringComparer.OrdinalIgnoreCase);

    // The number that the next document of a name gets; many may have one name.
    private readonly Dictionary<string, int> numbers = new(StringComparer.OrdinalIgnoreCase);

    /// <returns>Null when it is refused.</returns>
    public ConverseBlock? Picture(PicturePart picture)
    {
        if (!model.TakesPictures)
            return Refuse(picture.Path, "this model takes no pictures.");

        var path = $"{picture.Path}.image_url.url";
        if (picture.Data is not { } data)
            return Refuse(path, "Bedrock takes pictures only within the request, as a data URL; the gateway fetches none.");
        if (PictureFormat(data.MediaType) is not { } format)
            return Refuse(path, $"Bedrock takes pictures as PNG, JPEG, GIF or WebP, but this one is {Shown(data.MediaType)}.");
        if (data.Base64.Length == 0)
            return Refuse(path, "the picture is empty.");

        return Block(BlockKind.Other, "image", format, null, data);
    }

    /// <returns>Null when it is refused.</returns>
    public ConverseBlock? Sound(SoundPart sound) => model.TakesSound
        ? Block(BlockKind.Other, "audio", sound.Format, null, sound.Data)
        : Refuse(sound.Path, "this model is not known to take sound (supports_audio_input).");

    /// <returns>Null when it is refused.</returns>
    public ConverseBlock? Document(FilePart file)
    {
        if (file.Data is not { } data)
            return Refuse($"{file.Path}.file.file_id", "Bedrock keeps no files; send the document in file_data.");
        if (DocumentFormat(data.MediaType, file.FileName) is not { } format)
        {
            return Refuse(
                $"{file.Path}.file.file_data",
                $"Bedrock takes documents as PDF, CSV, DOC, DOCX, XLS, XLSX, HTML, TXT or MD, but this one is {Shown(data.MediaType)}.");
        }

        if (format == "pdf" && !model.TakesPdf)
            return Refuse(file.Path, "this model takes no PDF documents.");
        if (data.Base64.Length == 0)
            return Refuse($"{file.Path}.file.file_data", "the document is empty.");

        var name = NameOf(file.FileName);
        return Block(BlockKind.Document, "document", format, name, data) with { Name = name };
    }

    private ConverseBlock? Refuse(string path, string why)
    {
        unsaid.Refuse(path, why);
        return null;
    }

    private static ConverseBlock Block(BlockKind kind, string type, string format, string? name, Media data) => new(kind, json =>
    {
        json.WriteStartObject();
        json.WriteStartObject(type);
        json.WriteString("format", format);
        if (name is not null)
            json.WriteString("name", name);
        json.WriteStartObject("source");
        json.WriteString("bytes", data.Base64);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    });

    // Letters, digits, single spaces, hyphens, parentheses and brackets; and no two alike in a request.
    private string NameOf(string? fileName)
    {
        var stem = NotInNames().Replace(Path.GetFileNameWithoutExtension(fileName) ?? "", " ");
        stem = Blanks().Replace(stem, " ").Trim();
        if (stem.Length == 0)
            stem = "document";
        if (stem.Length > LongestName - RoomForNumber)
            stem = stem[..(LongestName - RoomForNumber)].TrimEnd();

        var name = stem;
        var number = numbers.GetValueOrDefault(stem, 2);
        while (!names.Add(name))
            name = FormattableString.Invariant($"{stem} ({number++})");
        numbers[stem] = number;
        return name;
    }

    private static string? PictureFormat(string mediaType) => mediaType switch
    {
        "image/png" => "png",
        "image/jpeg" or "image/jpg" => "jpeg",
        "image/gif" => "gif",
        "image/webp" => "webp",
        _ => null,
    };

    private static string? DocumentFormat(string mediaType, string? fileName) => mediaType switch
    {
        "application/pdf" => "pdf",
        "text/csv" => "csv",
        "application/msword" => "doc",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => "docx",
        "application/vnd.ms-excel" => "xls",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => "xlsx",
        "text/html" => "html",
        "text/markdown" => "md",
        "text/plain" => ByExtension(fileName) is { } finer and ("md" or "csv" or "html") ? finer : "txt",
        _ => ByExtension(fileName),
    };

    private static string? ByExtension(string? fileName)
    {
        var extension = Path.GetExtension(fileName)?.TrimStart('.').ToLowerInvariant();
        return extension is "pdf" or "csv" or "doc" or "docx" or "xls" or "xlsx" or "html" or "txt" or "md" ? extension : null;
    }

    private static string Shown(string mediaType) => MediaType().IsMatch(mediaType) ? mediaType : "of another type";

    [GeneratedRegex(@"[^a-zA-Z0-9\-()\[\]]")]
    private static partial Regex NotInNames();

    [GeneratedRegex(" {2,}")]
    private static partial Regex Blanks();

    [GeneratedRegex(@"\A[a-z0-9.+-]{1,40}/[a-z0-9.+-]{1,80}\z")]
    private static partial Regex MediaType();
}

/// <summary>A piece of a message's content.</summary>
/// <param name="Write">Writes the block, an object with one member.</param>
internal sealed record ConverseBlock(BlockKind Kind, Action<Utf8JsonWriter> Write)
{
    /// <summary>Of a document.</summary>
    public string? Name { get; init; }
}

internal enum BlockKind
{
    Text,
    Document,
    Other,
}
