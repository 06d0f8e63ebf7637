using System.Globalization;
using CleanGateway.Infrastructure.Admission;

namespace CleanGateway.IntegrationTests;

public abstract partial class MeterTests
{
    private const int Steps = 600;

    private static readonly string[] Periods = [Month, "2026:11:21", "total"];

    [Fact]
    public async Task Whatever_happens_the_meter_says_what_simple_books_say()
    {
        var seed = Environment.TickCount;
        TestContext.Current.SendDiagnosticMessage("history of seed {0}", seed.ToString(CultureInfo.InvariantCulture));
        var random = new Random(seed);
        var books = new Dictionary<BudgetKey, Book>();
        var key = Key() with { Budgets = [Line(KeyId, 2000), Line(KeyId, 700, Periods[1]), Line(KeyId, null, Periods[2])] };
        var project = new MeterScope(ProjectId, null, null, null, [Line(ProjectId, 3000)]);
        await SeedAsync(key, project);
        foreach (var line in key.Budgets.Concat(project.Budgets))
            books.Add(line.Key, new Book(line.Limit?.NanoDollars));

        var open = new List<(MeterAsk Ask, long Held, bool Expired)>();
        for (var step = 0; step < Steps; step++)
        {
            var because = FormattableString.Invariant($"of seed {seed}, step {step}");
            var (what, which) = (random.Next(10), open.Count == 0 ? -1 : random.Next(open.Count));
            if (what < 5 || which < 0)
            {
                MeterScope[] scopes = random.Next(3) == 0 ? [key] : [key, project];
                var ask = Ask(PerToken(random.Next(20), random.Next(10), random.Next(1, 20)), 0, scopes);
                var touched = scopes.SelectMany(scope => scope.Budgets).Select(line => books[line.Key]).ToList();
                var expected = Book.Grant(touched, ask.Cost);
                var answer = await Meter.AdmitAsync(ask);
                var given = answer is MeterAnswer.Admitted { Held: var held, Cap: var cap } ? (held.NanoDollars, cap) : ((long, long)?)null;
                given.Should().Be(expected, because);
                if (expected is not ({ } amount, _))
                    continue;

                touched.ForEach(book => book.Reserved += amount);
                open.Add((ask, amount, false));
            }
            else if (what < 8)
            {
                var (ask, held, expired) = open[which];
                open.RemoveAt(which);
                var cost = what == 7 ? 0 : random.NextInt64(held + 1) / 4;
                (await Meter.SettleAsync(Settlement(ask, cost))).Known.Should().BeTrue(because);
                foreach (var book in Touched(ask))
                    book.Settle(held, expired, cost);
            }
            else if (what == 8)
            {
                var (ask, held, expired) = open[which];
                open.RemoveAt(which);
                await Meter.ReleaseAsync(Settlement(ask));
                foreach (var book in Touched(ask))
                    book.Settle(held, expired, 0);
            }
            else
            {
                var (ask, held, expired) = open[which];
                await Meter.ExpireAsync(Owner, ask.Call);
                open[which] = (ask, held, true);
                foreach (var book in Touched(ask).Where(_ => !expired))
                    (book.Spent, book.Reserved) = (book.Spent + held, book.Reserved - held);
            }

            foreach (var (budget, book) in books)
            {
                (await StateAsync(budget)).Should().Be((book.Spent, book.Reserved), because);
                (book.Spent + book.Reserved).Should().BeLessThanOrEqualTo(book.Limit ?? long.MaxValue, because);
            }
        }

        IEnumerable<Book> Touched(MeterAsk ask) => ask.Scopes.SelectMany(scope => scope.Budgets).Select(line => books[line.Key]);
    }

    [Fact]
    public async Task Whoever_comes_and_goes_at_once_no_budget_is_ever_passed_and_nothing_is_left()
    {
        var seed = Environment.TickCount;
        TestContext.Current.SendDiagnosticMessage("callers of seed {0}", seed.ToString(CultureInfo.InvariantCulture));
        var budgeted = Budgeted(500);
        await SeedAsync(budgeted);
        long spent = 0;

        await Task.WhenAll(Enumerable.Range(0, 20).Select(caller => Task.Run(
            async () =>
            {
                var random = new Random(seed + caller);
                for (var i = 0; i < 40; i++)
                {
                    var ask = Ask(PerToken(random.Next(5), random.Next(1, 5), random.Next(1, 20)), 0, budgeted);
                    if (await Meter.AdmitAsync(ask) is not MeterAnswer.Admitted admitted)
                        continue;

                    var stands = admitted.Scopes[0].Budgets[0];
                    (stands.Spent + stands.Reserved).NanoDollars.Should().BeLessThanOrEqualTo(500);
                    var cost = random.NextInt64(admitted.Held.NanoDollars + 1) / 10;
                    Interlocked.Add(ref spent, cost);
                    await Meter.SettleAsync(Settlement(ask, cost));
                }
            },
            Stop)));

        spent.Should().BeInRange(1, 500, "of seed {0}", seed);
        await ShouldStandAtAsync(spent, 0);
    }

    private protected static int MostInAnyWindow(IReadOnlyList<long> times, long window)
    {
        var ordered = times.Order().ToList();
        var (most, oldest) = (0, 0);
        for (var i = 0; i < ordered.Count; i++)
        {
            while (ordered[oldest] <= ordered[i] - window)
                oldest++;
            most = Math.Max(most, i - oldest + 1);
        }

        return most;
    }

    private sealed class Book(long? limit)
    {
        public long? Limit => limit;
        public long Spent { get; set; }
        public long Reserved { get; set; }

        private long Room => limit is { } most ? most - Spent - Reserved : long.MaxValue;

        // The cap is found by trying them all.
        public static (long Amount, long Cap)? Grant(IReadOnlyCollection<Book> books, CostRange cost)
        {
            for (var cap = cost.Cap; cap >= 1; cap--)
            {
                var amount = cost.Fixed.NanoDollars + (cap * cost.PerToken.NanoDollars);
                if (books.All(book => amount <= book.Room))
                    return (amount, cap);
            }

            return null;
        }

        public void Settle(long held, bool expired, long cost)
        {
            if (expired)
                Spent -= held;
            else
                Reserved -= held;
            Spent += cost;
        }
    }
}
