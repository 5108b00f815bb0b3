from livehall.cli.entry import main

main()
