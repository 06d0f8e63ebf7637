using System.Text;
using CleanGateway.Application.Common;

namespace CleanGateway.UnitTests.Application.Common;

public class JsonEditsTests
{
    private const int Seed = 20260104;

    [Fact]
    public void Without_edits_the_text_is_the_very_same_memory()
    {
        ReadOnlyMemory<byte> json = "{\"model\":\"a\"}"u8.ToArray();

        new JsonEdits().ApplyTo(json).Should().Be(json);
    }

    [Theory]
    [InlineData(9, 3, "\"gpt-4\"", """{"model":"gpt-4","n":1.0}""")]
    [InlineData(1, 0, "\"a\":1,", """{"a":1,"model":"a","n":1.0}""")]
    [InlineData(12, 8, "", """{"model":"a"}""")]
    [InlineData(0, 21, "{}", "{}")]
    [InlineData(21, 0, "\n", "{\"model\":\"a\",\"n\":1.0}\n")]
    public void Bytes_are_put_in_the_place_of_others(int start, int length, string with, string expected) =>
        Apply("""{"model":"a","n":1.0}""", (start, length, with)).Should().Be(expected);

    [Fact]
    public void The_order_in_which_edits_are_given_does_not_matter()
    {
        (int, int, string)[] edits = [(1, 0, "<"), (3, 2, ""), (5, 1, "five"), (8, 0, ">")];

        foreach (var order in Permutations(edits))
            Apply("0123456789", order).Should().Be("0<12five67>89");
    }

    [Fact]
    public void Edits_may_touch_each_other() => Apply("0123456789", (2, 3, "a"), (5, 2, "b")).Should().Be("01ab789");

    [Fact]
    public void Any_edits_give_what_they_give_on_a_string()
    {
        var random = new Random(Seed);
        for (var i = 0; i < 2000; i++)
        {
            var text = RandomText(random, random.Next(60));
            var edits = RandomEdits(random, text.Length);
            var expected = new StringBuilder(text);
            foreach (var (start, length, with) in edits.OrderByDescending(edit => edit.Start))
                expected.Remove(start, length).Insert(start, with);

            random.Shuffle(edits);
            Apply(text, edits).Should().Be(expected.ToString(), $"seed {Seed}, case {i}: {text} with {string.Join(", ", edits)}");
        }
    }

    [Fact]
    public void The_text_that_was_edited_stays_as_it_was()
    {
        var json = "{\"model\":\"a\"}"u8.ToArray();

        new JsonEdits().Replace(new JsonSlice(9, 3), "\"b\""u8.ToArray()).ApplyTo(json);

        json.Should().Equal("{\"model\":\"a\"}"u8.ToArray());
    }

    private static string Apply(string text, params (int Start, int Length, string With)[] edits)
    {
        var all = new JsonEdits();
        foreach (var (start, length, with) in edits)
            all.Replace(new JsonSlice(start, length), Encoding.ASCII.GetBytes(with));

        return Encoding.ASCII.GetString(all.ApplyTo(Encoding.ASCII.GetBytes(text)).Span);
    }

    // None overlap and no two begin at the same place, as no two values of a JSON text do.
    private static (int Start, int Length, string With)[] RandomEdits(Random random, int length)
    {
        var edits = new List<(int, int, string)>();
        for (var at = random.Next(5); at <= length; at += random.Next(1, 10))
        {
            var stretch = random.Next(3) == 0 ? 0 : random.Next(Math.Min(6, length - at + 1));
            edits.Add((at, stretch, RandomText(random, random.Next(6))));
            at += stretch;
        }

        return [.. edits];
    }

    private static string RandomText(Random random, int length) =>
        string.Concat(Enumerable.Range(0, length).Select(_ => (char)random.Next(' ', '~')));

    private static IEnumerable<T[]> Permutations<T>(T[] items) => items.Length <= 1
        ? [items]
        : items.SelectMany((item, at) => Permutations(items.Where((_, other) => other != at).ToArray()).Select(rest => (T[])[item, .. rest]));
}
