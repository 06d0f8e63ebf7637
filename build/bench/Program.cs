using CleanGateway.Bench;

return args switch
{
    ["journal", ..] => await JournalBench.RunAsync(Number(1, 500), Number(2, 20)),
    ["outage", var gateway, ..] => await OutageBench.RunAsync(gateway, Number(2, 1000), Number(3, 60), Number(4, 20)),
    _ => Usage(),
};

int Number(int position, int otherwise) => args.Length > position ? int.Parse(args[position], System.Globalization.CultureInfo.InvariantCulture) : otherwise;

static int Usage()
{
    Console.Error.WriteLine("usage: journal [RATE] [SECONDS] | outage GATEWAY [RATE] [SECONDS] [SECONDS OF OUTAGE]");
    return 2;
}
